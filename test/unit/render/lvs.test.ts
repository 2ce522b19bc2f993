import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLvsText } from '../../../src/domain/keepalived/lvs-text.ts';
import { LISTENER, lvsJson, MONITOR, monitorJson, POOL } from '../../support/keepalived/keepalived-models.ts';
import { GOLDEN, lvsText } from '../../support/keepalived/rendered-keepalived.ts';
import { exampleId, memberJson } from '../../support/models/models.ts';

const member = (index: number, address: string, fields: Readonly<Record<string, unknown>> = {}) =>
  memberJson({ member_id: exampleId(4, index), address, protocol_port: 82, ...fields });
const ONE = member(1, '10.0.0.99', { weight: 13 });
const DRAINED = member(2, '10.0.0.98', { weight: 0, monitor_address: '10.0.9.98', monitor_port: 8082 });
const SIX = member(6, '2001:db8::99');
const OFF = member(9, '10.0.0.97', { admin_state_up: false });
const DUAL_STACK = { additional_vips: [{ ip_address: '2001:db8::10' }, { ip_address: '10.0.0.11' }] };
const HTTP = {
  url_path: `/x?a=b&c#{d}"'$!~\\`,
  expected_codes: '200,202-204',
  http_version: 1.1,
  domain_name: 'member.example',
};
const monitored = (type: string, fields: Readonly<Record<string, unknown>> = {}) => ({
  members: [ONE, DRAINED, OFF],
  healthmonitor: monitorJson(type, fields),
});
const SCTP = { protocol: 'SCTP' };

const MODELS = {
  'udp-connect': lvsJson(monitored('UDP-CONNECT'), { connection_limit: 98 }),
  tcp: lvsJson({ ...monitored('TCP'), lb_algorithm: 'LEAST_CONNECTIONS' }),
  'http-get': lvsJson(monitored('HTTP', HTTP)),
  'http-head': lvsJson(monitored('HTTP', { ...HTTP, http_method: 'HEAD' })),
  sctp: lvsJson({ ...SCTP, ...monitored('SCTP'), lb_algorithm: 'SOURCE_IP' }, SCTP),
  'dual-stack': lvsJson(
    {
      members: [ONE, SIX],
      lb_algorithm: 'SOURCE_IP_PORT',
      session_persistence: {
        type: 'SOURCE_IP',
        persistence_timeout: 33,
        persistence_granularity: '255.255.0.0',
      },
    },
    {},
    DUAL_STACK,
  ),
  'ipv6-persistence': lvsJson(
    { members: [SIX], session_persistence: { type: 'SOURCE_IP', persistence_granularity: '64' } },
    {},
    DUAL_STACK,
  ),
  'disabled-monitor': lvsJson(monitored('TCP', { admin_state_up: false })),
  'disabled-pool': lvsJson({ ...monitored('TCP'), admin_state_up: false }),
  'disabled-listener': lvsJson(monitored('TCP'), { admin_state_up: false }),
  'disabled-load-balancer': lvsJson(monitored('TCP'), {}, { admin_state_up: false }),
  'no-member': lvsJson({ members: [] }),
  'no-pool': lvsJson({}, { default_pool: null }),
};

describe("keepalived's configuration of a UDP or SCTP listener", () => {
  it.each(Object.entries(MODELS))('equals its golden file: %s', async (name, model) => {
    await expect(lvsText(model)).toMatchFileSnapshot(path.join(GOLDEN, 'lvs', `${name}.conf`));
  });

  it.each(Object.entries(MODELS))('contains the comments that statistics need: %s', (name, model) => {
    expect(readLvsText(lvsText(model))).toMatchObject({
      listenerId: LISTENER,
      isDisabled: name === 'disabled-listener',
    });
  });

  it('contains the VIPs and members for the statistics', () => {
    expect(readLvsText(lvsText(MODELS['udp-connect']))).toEqual({
      listenerId: LISTENER,
      loadBalancerId: exampleId(1),
      isDisabled: false,
      protocol: 'UDP',
      services: [{ address: '10.0.0.10', port: 53 }],
      vips: ['10.0.0.10'],
      pool: {
        id: POOL,
        isMonitored: true,
        members: [
          { id: exampleId(4, 1), address: '10.0.0.99', port: 82 },
          { id: exampleId(4, 2), address: '10.0.0.98', port: 82 },
        ],
        disabledMembers: [exampleId(4, 9)],
      },
      firstRoundSeconds: 61,
    });
    const dual = readLvsText(lvsText(MODELS['dual-stack']));
    expect(dual.vips).toEqual(['10.0.0.10', '10.0.0.11', '2001:db8::10']);
    expect(dual.pool?.members.map(({ address }) => address)).toEqual(['10.0.0.99', '2001:db8::99']);
  });

  it('contains the pool for the statistics unless it is disabled', () => {
    expect(readLvsText(lvsText(MODELS['disabled-pool'])).pool).toBeUndefined();
    expect(readLvsText(lvsText(MODELS['no-member'])).pool).toMatchObject({ id: POOL, members: [] });
    expect(readLvsText(lvsText(MODELS['disabled-monitor'])).pool).toMatchObject({ isMonitored: false });
    expect(lvsText(MODELS['disabled-monitor'])).toContain(`# HealthMonitor ${MONITOR} is disabled`);
  });

  const count = (text: string, part: string): number => text.split(part).length - 1;

  it('checks an HTTP member once for all its codes, as often as it must answer to be up again', () => {
    const lines = lvsText(lvsJson({ healthmonitor: monitorJson('HTTP', { ...HTTP, max_retries: 4 }) }));
    expect(count(lines, 'url {')).toBe(4);
    expect(count(lines, 'status_code 200 202-204\n')).toBe(4);
  });

  it('removes a member at the failure that max_retries_down counts', () => {
    const text = lvsText(lvsJson({ healthmonitor: monitorJson('UDP-CONNECT', { max_retries_down: 1 }) }));
    expect(text).toContain('retry 0\n');
  });

  it('sets a granularity only for its IP version', () => {
    expect(lvsText(MODELS['dual-stack']).match(/persistence_granularity .*/g)).toEqual([
      'persistence_granularity 255.255.0.0',
      'persistence_granularity 128',
    ]);
    expect(lvsText(MODELS['ipv6-persistence']).match(/persistence_granularity .*/g)).toEqual([
      'persistence_granularity 64',
    ]);
  });
});
