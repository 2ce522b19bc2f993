import { describe, expect, it } from 'vitest';
import { parseLoadBalancerModel } from '../../../../../src/schemas/models/parse.ts';
import { lvsJson, monitorJson } from '../../../../support/keepalived/keepalived-models.ts';
import { faultsOf } from '../../../../support/models/model-faults.ts';
import { exampleId, memberJson } from '../../../../support/models/models.ts';

const faults = (json: unknown): string[] => faultsOf(parseLoadBalancerModel, json);
const POOL_PATH = 'listeners[0].default_pool';
const other = (fields: object) => memberJson({ member_id: exampleId(4, 1), ...fields });
const persistence = (fields: object) => ({ session_persistence: { type: 'SOURCE_IP', ...fields } });

describe('the pool of a UDP or SCTP listener', () => {
  it.each([
    [{ healthmonitor: monitorJson('SCTP') }, 'healthmonitor.type: SCTP cannot be combined with UDP pools'],
    [{ healthmonitor: monitorJson('PING') }, 'healthmonitor.type: PING cannot be combined with UDP pools'],
    [
      { healthmonitor: monitorJson('TCP', { timeout: 4294 }) },
      'healthmonitor.timeout: longer than 4293 s, the longest timeout for UDP',
    ],
    [
      { session_persistence: { type: 'HTTP_COOKIE' } },
      'session_persistence.type: not SOURCE_IP, the only one for UDP',
    ],
    ...['255.0.255.0', '0.0.0.0', '256.0.0.0', '0', '129'].map(
      (granularity): [Readonly<Record<string, unknown>>, string] => [
        persistence({ persistence_granularity: granularity }),
        'session_persistence.persistence_granularity: not a netmask or a prefix length',
      ],
    ),
    [
      { members: [memberJson({ address: '2001:db8::1' })] },
      'members[0].address: no VIP is IPv6, and LVS cannot translate between IP versions',
    ],
    [
      { members: [memberJson(), other({ address: '10.0.5.11' })] },
      'members[1].address: members[0] has the same address and port',
    ],
  ])('cannot have %j', (pool, fault) => {
    expect(faults(lvsJson(pool))).toEqual([`${POOL_PATH}.${fault}`]);
  });

  it.each([
    [persistence({ persistence_granularity: '255.255.240.0' })],
    [persistence({ persistence_granularity: '64' })],
    [{ healthmonitor: monitorJson('UDP-CONNECT') }],
    [{ members: [memberJson(), other({ protocol_port: 8081 })] }],
  ])('can have %j', (pool) => {
    expect(faults(lvsJson(pool))).toEqual([]);
  });
});
