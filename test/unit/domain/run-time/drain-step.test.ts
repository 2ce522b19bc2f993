import { describe, expect, it } from 'vitest';
import type { AdministrativeState } from '../../../../src/domain/haproxy/servers-dump.ts';
import { type DrainStep, drainStep } from '../../../../src/domain/run-time/drain-step.ts';

const DEADLINE = 10_000;

type States = readonly [one: AdministrativeState | undefined, two: AdministrativeState];

describe('drainStep', () => {
  it.each<[string, States, sessions: number | undefined, now: number, DrainStep]>([
    ['sessions are left', ['drain', 'drain'], 1, DEADLINE - 1, 'wait'],
    ['the number of sessions is unknown', ['drain', 'drain'], undefined, DEADLINE - 1, 'wait'],
    ['no session is left', ['drain', 'drain'], 0, 0, 'end'],
    ['the deadline has passed', ['drain', 'drain'], 1, DEADLINE, 'end'],
    ['an upload brought the member back', ['ready', 'ready'], 1, 0, 'forget'],
    ['one server is back', ['drain', 'ready'], 0, DEADLINE, 'forget'],
    ['one server is gone', [undefined, 'drain'], 0, DEADLINE, 'forget'],
    ['a killed agent ended it in one backend', ['maintenance', 'drain'], 1, 0, 'wait'],
    ['a killed agent ended it', ['maintenance', 'maintenance'], 1, 0, 'end'],
  ])('of a drain when %s', (_name, states, sessions, now, step) => {
    expect(drainStep(drain(false), servers(states), sessions, now)).toBe(step);
  });

  it.each<[string, States, DrainStep]>([
    ['the member is in maintenance', ['maintenance', 'maintenance'], 'wait'],
    ['an upload brought the member back', ['ready', 'ready'], 'forget'],
    ['one server is drained', ['maintenance', 'drain'], 'forget'],
  ])('of a drain that has ended when %s', (_name, states, step) => {
    expect(drainStep(drain(true), servers(states), 1, DEADLINE + 1)).toBe(step);
  });
});

const drain = (isDrained: boolean) => ({
  ...{ member: 'member', backends: ['one', 'two'], deadline: DEADLINE, cut: false, isDrained },
});

const servers = ([one, two]: States) => [
  ...(one === undefined ? [] : [{ backend: 'one', state: one }]),
  { backend: 'two', state: two },
  // a backend in which the member was disabled before the drain
  { backend: 'three', state: 'maintenance' as const },
];
