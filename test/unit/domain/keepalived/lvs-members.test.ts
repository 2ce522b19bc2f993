import { describe, expect, it } from 'vitest';
import { parseIpvsFile } from '../../../../src/domain/keepalived/ipvs-text.ts';
import { lvsMembers } from '../../../../src/domain/keepalived/lvs-members.ts';
import { type IpvsState, NO_IPVS } from '../../../../src/domain/keepalived/lvs-statistics.ts';
import { readLvsText } from '../../../../src/domain/keepalived/lvs-text.ts';
import {
  FIRST,
  IPVS_FILE,
  LVS,
  type LvsExample,
  lvsConfigText,
  SECOND,
} from '../../../support/keepalived/lvs-examples.ts';

const KERNEL: IpvsState = { services: parseIpvsFile(IPVS_FILE), counters: undefined };
const MISSING = { id: 'a5000000-0000-4000-8000-000000000013', address: '10.0.0.97', port: 82 };
const members = (example: LvsExample, kernel = KERNEL, isRestarting = false) =>
  lvsMembers(LVS.listener, readLvsText(lvsConfigText(example)), kernel, isRestarting);
const shown = (...given: Parameters<typeof members>) =>
  members(...given).map(({ member, state, weight, sessions }) => [member, state, weight, sessions]);

describe('the members of a UDP listener', () => {
  it('have state, weight and the sessions that the kernel remembers', () => {
    expect(shown({ members: [FIRST, SECOND, MISSING] })).toEqual([
      [FIRST.id, 'UP', '13', '12'],
      [SECOND.id, 'DRAIN', '0', '2'],
      [MISSING.id, 'DOWN', '', ''],
      [LVS.disabled, 'MAINT', '', ''],
    ]);
  });

  it('have the sessions of all VIPs', () => {
    const example = { members: [FIRST], vips4: ['10.0.0.10', '10.0.0.11'] };
    expect(shown(example)[0]).toEqual([FIRST.id, 'UP', '13', '13']);
  });

  it('have the ids of their load balancer, listener and pool, and no number that IPVS lacks', () => {
    expect(members({ members: [FIRST] })[0]).toEqual({
      ...{ loadBalancer: LVS.loadBalancer, listener: LVS.listener, pool: LVS.pool, member: FIRST.id },
      ...{ state: 'UP', weight: '13', sessions: '12' },
      ...{ queue: '', checkSeconds: '', stateAgeSeconds: '' },
      ...{ connectionErrors: '', responseErrors: '', checkErrors: '' },
    });
  });

  it('are RESTARTING before the first round of checks, and DOWN without IPVS', () => {
    expect(shown({ members: [MISSING] }, KERNEL, true)[0]).toEqual([MISSING.id, 'RESTARTING', '', '']);
    expect(shown({ members: [FIRST] }, NO_IPVS)[0]?.[1]).toBe('DOWN');
  });

  it('are none without a pool', () => {
    expect(members({ isPoolDisabled: true })).toEqual([]);
  });
});
