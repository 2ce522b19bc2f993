import { describe, expect, it } from 'vitest';
import { surveyed } from '../../../../src/domain/fleet/survey.ts';
import { STATUS } from '../../../support/ctl-facts.ts';

const ready = { ...STATUS, ready: true, reasons: [] };
const upgrade = (id: string, result: 'succeeded' | null) => ({ id, result, requested_at: 'T' });

describe('the survey of an amphora', () => {
  it('has what it serves, and whether it has a VIP', () => {
    const vips = [{ address: '10.0.1.100', holder: 'this amphora' }];
    expect(surveyed({ ...ready, vips, vrrp: [{ peers: ['10.0.1.6'] }] }, 'b')).toEqual({
      ...{ serves: ['lb', 'udp'], hasVip: true, hasPeer: true, state: 'waiting', reason: null },
    });
    expect(surveyed(ready, 'b')).toMatchObject({ hasVip: false, hasPeer: false });
    expect(surveyed({ ...ready, vips: [{ address: 'x', holder: 'the peer' }] }, 'b').hasVip).toBe(false);
  });

  it('finds the upgrade by the same bundle under way, and leaves alone what is not in order', () => {
    const state = (changes: object) => surveyed({ ...ready, ...changes }, 'b');
    expect(state({ upgrade: upgrade('b', null) }).state).toBe('running');
    expect(state({ upgrade: upgrade('b', 'succeeded') }).state).toBe('waiting');
    expect(state({ upgrade: upgrade('c', null) })).toMatchObject({
      state: 'held',
      reason: 'upgrade c is under way',
    });
    expect(surveyed(STATUS, 'b')).toMatchObject({
      state: 'held',
      reason: 'it is not ready: keepalived is down',
    });
  });
});
