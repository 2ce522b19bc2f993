import { describe, expect, it } from 'vitest';
import { drawn } from '../../../../src/commands/ctl/draw.ts';
import { newRollout, withChange } from '../../../../src/domain/fleet/fleet-state.ts';
import { rolloutBlocks, rolloutJson } from '../../../../src/render/ctl/rollout.ts';

const hosts = [1, 2].map((number) => ({
  amphora: `00000000-0000-4000-8000-00000000000${number}`,
  address: `192.0.2.${number}`,
  loadBalancer: 'lb',
}));
const [first = '', second = ''] = hosts.map(({ amphora }) => amphora);
const begun = newRollout('0123456789abcdef', hosts, new Date('2026-11-29T10:00:00.000Z'));
const rollout = withChange(begun, first, {
  state: 'failed',
  reason: 'returned: no heartbeat',
  serves: ['lb', 'udp'],
});
const end = { rollout, skipped: [], stopped: 'stopped: 1 failed', stateFile: 'hosts.rollout.json' };

describe('the end of a rollout', () => {
  it('has a row for each amphora, why it stopped, and how to resume it', () => {
    const text = drawn(rolloutBlocks(end));
    expect(text).toMatch(/│ 192\.0\.2\.1 │ failed {2}│ lb {12}│ {6}│ returned: no heartbeat │/);
    expect(text).toContain('2 amphorae: 1 failed, 1 waiting');
    expect(text).toContain('stopped: 1 failed\n');
    expect(text).toContain('the state is in hosts.rollout.json: the same command resumes the rollout');
  });

  it('of a dry run has the turn of each amphora that would be upgraded', () => {
    const turns = new Map([[second, 1]]);
    const trial = { ...end, stopped: null, stateFile: null, turns };
    const text = drawn(rolloutBlocks(trial));
    expect(text).toMatch(/│ would be upgraded │ lb {12}│ 1 {4}│/);
    expect(text).not.toContain('state is in');
    expect(rolloutJson(trial)).toMatchObject({
      bundle: '0123456789abcdef',
      amphorae: [
        { result: 'failed', turn: null, load_balancers: ['lb', 'udp'] },
        { result: 'waiting', turn: 1 },
      ],
    });
  });
});
