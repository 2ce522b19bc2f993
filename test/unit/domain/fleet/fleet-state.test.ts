import { describe, expect, it } from 'vitest';
import type { FleetHost } from '../../../../src/domain/fleet/fleet-host.ts';
import {
  isComplete,
  newRollout,
  plannedAmphorae,
  type RolloutAmphora,
  resumedRollout,
  UnusableRollout,
  unseenPeers,
  type WantedResumption,
  withChange,
} from '../../../../src/domain/fleet/fleet-state.ts';
import { lookOf } from '../../../../src/domain/fleet/looks.ts';
import type { RolloutState } from '../../../../src/domain/fleet/plan.ts';
import { parseRollout, rolloutText } from '../../../../src/schemas/fleet-state.ts';
import { STATISTICS, STATUS } from '../../../support/ctl-facts.ts';

const host = (number: number, loadBalancer?: string): FleetHost => ({
  amphora: `00000000-0000-4000-8000-00000000000${number}`,
  address: `192.0.2.${number}`,
  loadBalancer,
});
const NOW = new Date('2026-11-29T10:00:00.000Z');
const before = lookOf(STATUS, STATISTICS);

const changed = (states: readonly Partial<RolloutAmphora>[]) =>
  states.reduce<ReturnType<typeof newRollout>>(
    (rollout, change, index) => withChange(rollout, host(index).amphora, change),
    newRollout(
      'bundle-1',
      states.map((_, index) => host(index)),
      NOW,
    ),
  );

describe('the state of a rollout', () => {
  it('survives its file, with the looks of amphorae', () => {
    const rollout = changed([
      { state: 'running', before, serves: ['lb'], hasVip: true, loadBalancer: 'lb' },
      { state: 'failed', reason: 'returned: no heartbeat', wasPutOff: true },
    ]);
    expect(parseRollout(rolloutText(rollout))).toEqual(rollout);
  });

  it.each(['', '{}', '[1]', '{"format":2,"bundle":"x","amphorae":[]}'])(
    'is refused if it is another file: %j',
    (text) => {
      expect(() => parseRollout(text)).toThrow(UnusableRollout);
    },
  );

  it('has its pairs from the file of hosts, and from what the amphorae serve', () => {
    const hosts = [host(0, 'lb-1'), host(1), host(2), host(3)];
    const asked = withChange(newRollout('b', hosts, NOW), host(1).amphora, {
      serves: ['lb-1'],
      hasVip: true,
    });
    const planned = plannedAmphorae(withChange(asked, host(2).amphora, { serves: ['lb-2'] }));
    expect(planned.map(({ group }) => group)).toEqual([
      ...[host(0).amphora, host(0).amphora, host(2).amphora, host(3).amphora],
    ]);
    expect(planned.map(({ hasVip }) => hasVip)).toEqual([false, true, false, false]);
  });

  it('knows whose peer may be an amphora that can not be reached', () => {
    const of = (unreachable: Partial<RolloutAmphora>) =>
      unseenPeers(
        changed([
          { hasPeer: true, serves: ['lb-1'] },
          { hasPeer: false, serves: ['lb-2'] },
          { hasPeer: true, serves: ['lb-3'] },
          { hasPeer: true, serves: ['lb-3'], hasVip: true },
          { state: 'unreachable', ...unreachable },
        ]),
      );
    expect(of({})).toEqual([host(0).amphora]);
    expect(of({ loadBalancer: 'lb-9' })).toEqual([]);
    expect(of({ state: 'waiting' })).toEqual([]);
  });

  it('is complete when every amphora has the packages', () => {
    expect(isComplete(changed([{ state: 'upgraded' }, { state: 'current' }]))).toBe(true);
    expect(isComplete(changed([{ state: 'upgraded' }, { state: 'held' }]))).toBe(false);
  });
});

describe('a rollout that another command resumes', () => {
  const states: RolloutState[] = [
    'upgraded',
    'running',
    'current',
    'failed',
    'held',
    'unreachable',
    'waiting',
  ];
  const kept = changed(states.map((state) => ({ state, reason: 'why', wasPutOff: true, serves: ['lb'] })));
  const hosts = kept.amphorae.map(({ amphora, address, loadBalancer }) => ({
    amphora,
    address,
    loadBalancer,
  }));
  const resumed = (changes: Partial<WantedResumption>, from = kept) =>
    resumedRollout(from, { bundle: 'bundle-1', hosts, accepted: new Set(), ...changes });

  it('keeps what has begun or ended, and tries the others again', () => {
    const again = resumed({ hosts });
    expect(again.amphorae.map(({ state }) => state)).toEqual([
      ...['upgraded', 'running', 'current', 'waiting', 'waiting', 'waiting', 'waiting'],
    ]);
    expect(again.amphorae[3]).toMatchObject({ reason: null, wasPutOff: false, serves: ['lb'] });
    expect(again.startedAt).toBe(kept.startedAt);
  });

  it('keeps an amphora failed whose upgrade had begun, unless the operator accepts it', () => {
    const failed = withChange(kept, host(3).amphora, { before });
    expect(resumed({}, failed).amphorae[3]).toMatchObject({ state: 'failed', reason: 'why', before });
    const accepted = new Set([host(3).amphora]);
    expect(resumed({ accepted }, failed).amphorae[3]).toMatchObject({ state: 'waiting', before: null });
    expect(resumed({ accepted: new Set([host(0).amphora]) }, failed).amphorae[0]?.state).toBe('upgraded');
  });

  it('never forgets how an amphora looked before its upgrade', () => {
    const untouched = withChange(kept, host(6).amphora, { before });
    expect(resumed({}, untouched).amphorae[6]).toMatchObject({ state: 'waiting', before });
  });

  it('follows the file of hosts, but never forgets an upgrade under way', () => {
    const moved = { ...host(0), address: '192.0.2.99' };
    const again = resumed({ hosts: [moved, host(9)] });
    expect(again.amphorae.map(({ amphora, address, state }) => [amphora, address, state])).toEqual([
      [host(1).amphora, host(1).address, 'running'],
      [host(0).amphora, '192.0.2.99', 'upgraded'],
      [host(9).amphora, host(9).address, 'waiting'],
    ]);
  });

  it('is not that of another bundle', () => {
    expect(() => resumed({ bundle: 'bundle-2' })).toThrow('bundle bundle-1 that has not ended');
  });
});
