import { describe, expect, it } from 'vitest';
import { ROLLBACK_RESULTS, type RollbackResult } from '../../../../src/domain/haproxy/rollback-result.ts';
import type { MemberStatus, ReloadEvent } from '../../../../src/domain/health/amphora-status.ts';
import { attention, checkText } from '../../../../src/domain/health/attention.ts';
import { STATUS } from '../../../support/health/status-example.ts';

const member = (id: string, status = 'DOWN'): MemberStatus => ({
  ...{ id, status, address: '10.0.0.1:80', sessions: 0, seconds_since_change: 130 },
  check: { status: 'L4TOUT', description: 'Layer4 timeout', detail: '' },
});
const withPool = (status: string, members: readonly MemberStatus[]) => ({
  ...{ ...STATUS, reloads: { ...STATUS.reloads, recent: [] } },
  load_balancers: STATUS.load_balancers.map((one) => ({
    ...one,
    pools: [{ id: 'P', listener: 'L', status, members }],
  })),
});

describe('attention', () => {
  it('says which member is down, since when and why', () => {
    expect(attention(withPool('UP', [member('M'), member('N', 'UP'), member('O', 'MAINT')]))).toEqual([
      'member M (10.0.0.1:80) of pool P is down for 2 min: L4TOUT, Layer4 timeout',
    ]);
  });

  it('says that a pool has no member, and names ten members at most', () => {
    const members = Array.from({ length: 13 }, (_, index) => member(`M${index}`));
    const found = attention(withPool('DOWN', members));
    expect(found).toHaveLength(12);
    expect(found[0]).toBe('pool P of listener L has no member that is up');
    expect(found.at(-1)).toBe('3 more members are down');
  });

  const event = { time: 'T', load_balancer: 'LB', detail: 'd' };
  const done = { ...event, result: 'done (other lines)', rollback: null };
  const failed = (rollback: RollbackResult) => ({
    ...{ ...event, result: `failed (other lines), ${rollback}` },
    rollback,
  });
  const reloads = (...recent: ReloadEvent[]) =>
    attention({ ...withPool('UP', []), reloads: { ...STATUS.reloads, recent } });

  it('names a reload that failed, but not one before a good one', () => {
    expect(reloads(failed('rolled back'), done)).toEqual([
      'the last reload of load balancer LB failed at T and was rolled back: the former configuration runs',
    ]);
    expect(reloads(done, failed('rolled back'))).toEqual([]);
  });

  it.each(ROLLBACK_RESULTS.filter((result) => result !== 'rolled back'))(
    'does not say that the former configuration runs after a reload with the result %s',
    (result) => {
      const [sentence, ...others] = reloads(failed(result));
      expect(others).toEqual([]);
      expect(sentence).toMatch(/^the last reload of load balancer LB failed at T and /);
      expect(sentence).not.toContain('the former configuration runs');
    },
  );

  it('names a VIP that nobody has, a VRRP in FAULT and a keepalived that died', () => {
    const found = attention({
      ...withPool('UP', []),
      vips: [{ address: '10.0.0.9', holder: 'nobody', interface: null }],
      vrrp: STATUS.vrrp.map((one) => ({ ...one, state: 'FAULT' })),
      udp_and_sctp_listeners: STATUS.udp_and_sctp_listeners.map((one) => ({ ...one, status: 'ERROR' })),
    });
    expect(found).toEqual([
      expect.stringContaining('VRRP instance I is in FAULT'),
      expect.stringContaining('VIP 10.0.0.9 is on no interface here'),
      expect.stringContaining('keepalived of listener U does not run'),
    ]);
  });

  it('has no text for a member without a check', () => {
    expect(checkText({ check: null })).toBe('');
  });
});
