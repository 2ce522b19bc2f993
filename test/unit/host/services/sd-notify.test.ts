import { describe, expect, it } from 'vitest';
import { watchdogIntervalMs } from '../../../../src/host/services/sd-notify.ts';

describe('the watchdog interval', () => {
  it.each([
    ['nothing is watched', {}, undefined],
    ['it is for this process', { watchdogUsec: '60000000', watchdogPid: String(process.pid) }, 60_000],
    ['no process is named', { watchdogUsec: '2500000' }, 2500],
    ['another process is watched', { watchdogUsec: '60000000', watchdogPid: '1' }, undefined],
    ['it is zero', { watchdogUsec: '0' }, undefined],
    ['it is no number', { watchdogUsec: 'soon' }, undefined],
  ])('when %s', (_when, environment, expected) => {
    expect(watchdogIntervalMs(environment)).toBe(expected);
  });
});
