import { describe, expect, it } from 'vitest';
import { parseIpvsadmCounters, parseIpvsFile } from '../../../../src/domain/keepalived/ipvs-text.ts';
import { lvsStatistics, NO_IPVS } from '../../../../src/domain/keepalived/lvs-statistics.ts';
import { readLvsText } from '../../../../src/domain/keepalived/lvs-text.ts';
import {
  FIRST,
  IPVS_EMPTY,
  IPVS_FILE,
  IPVSADM_STATS,
  LVS,
  type LvsExample,
  lvsConfigText,
  SECOND,
  SIXTH,
} from '../../../support/keepalived/lvs-examples.ts';

const KERNEL = { services: parseIpvsFile(IPVS_FILE), counters: parseIpvsadmCounters(IPVSADM_STATS) };
const EMPTY = { services: parseIpvsFile(IPVS_EMPTY), counters: [] };
const MISSING = { id: 'a5000000-0000-4000-8000-000000000013', address: '10.0.0.97', port: 82 };

const statistics = (example: LvsExample, kernel = KERNEL, isRestarting = false) =>
  lvsStatistics(LVS.listener, readLvsText(lvsConfigText(example)), kernel, isRestarting);
const members = (...given: Parameters<typeof statistics>) =>
  Object.fromEntries(statistics(...given).pool?.members ?? []);

describe('the statistics of a UDP listener', () => {
  it('have the traffic of its own virtual service only', () => {
    expect(statistics({}).listener).toEqual({
      id: LVS.listener,
      status: 'OPEN',
      connections: 7,
      counters: { bin: 777_777_777_777, bout: 888_888_888_888, ereq: 0, stot: 12_345_678_901 },
    });
  });

  it('have the traffic of all its IPv4 and IPv6 VIPs', () => {
    const { listener } = statistics({ vips4: ['10.0.0.10', '10.0.0.11'], vips6: ['2001:db8::10'] });
    expect(listener.connections).toBe(7 + 1 + 3);
    expect(listener.counters?.stot).toBe(12_345_678_901 + 10 + 1);
    expect(listener.counters?.bin).toBe(777_777_777_777 + 400 + 40);
  });

  it('do not mix with those of an SCTP listener on the same VIP and port', () => {
    expect(statistics({ protocol: 'SCTP' }).listener.counters?.stot).toBe(9_999_999);
  });

  it('are OPEN without traffic while the kernel has no service of it', () => {
    expect(statistics({}, EMPTY).listener).toMatchObject({
      status: 'OPEN',
      connections: 0,
      counters: { bin: 0, bout: 0, ereq: 0, stot: 0 },
    });
    expect(lvsStatistics(LVS.listener, readLvsText(''), NO_IPVS, false).listener.counters).toBeUndefined();
  });
});

describe('a pool of LVS', () => {
  it('has its own id only, with each state that a member can have', () => {
    const { pool } = statistics({ members: [FIRST, SECOND, MISSING], vips6: ['2001:db8::10'] });
    expect(pool).toEqual({
      id: LVS.pool,
      listenerId: LVS.listener,
      key: LVS.pool,
      status: 'UP',
      members: new Map([
        [FIRST.id, 'UP'],
        [SECOND.id, 'DRAIN'],
        [MISSING.id, 'DOWN'],
        [LVS.disabled, 'MAINT'],
      ]),
    });
  });

  it('has IPv4 and IPv6 members', () => {
    expect(members({ members: [FIRST, SIXTH], vips6: ['2001:db8::10'] })).toMatchObject({
      [FIRST.id]: 'UP',
      [SIXTH.id]: 'UP',
    });
  });

  it('without a monitor has members with NO_CHECK, in the kernel or not', () => {
    const example = { members: [FIRST, SECOND, MISSING], isMonitored: false };
    expect(members(example)).toEqual({
      [FIRST.id]: 'no check',
      [SECOND.id]: 'DRAIN',
      [MISSING.id]: 'no check',
      [LVS.disabled]: 'MAINT',
    });
    expect(statistics(example, EMPTY).pool?.status).toBe('UP');
  });

  it('is DOWN when monitored and none of its members is in the kernel', () => {
    expect(statistics({}, EMPTY).pool).toMatchObject({ status: 'DOWN' });
    expect(members({}, EMPTY)).toEqual({
      [FIRST.id]: 'DOWN',
      [SECOND.id]: 'DOWN',
      [LVS.disabled]: 'MAINT',
    });
  });

  it('has members that are RESTARTING instead of DOWN before the first round of checks', () => {
    expect(members({ members: [FIRST, MISSING] }, KERNEL, true)).toMatchObject({
      [FIRST.id]: 'UP',
      [MISSING.id]: 'RESTARTING',
    });
  });

  it('is UP when it has no member at all', () => {
    expect(statistics({ members: [] }, EMPTY).pool?.status).toBe('UP');
  });

  it('is left out when it is disabled', () => {
    expect(statistics({ isPoolDisabled: true }).pool).toBeUndefined();
  });
});
