import { describe, expect, it } from 'vitest';
import { parseListenerModel, parseLoadBalancerModel } from '../../../../src/schemas/models/parse.ts';
import { faultsOf } from '../../../support/models/model-faults.ts';
import {
  exampleId,
  LISTENER,
  listenerJson,
  loadBalancerJson,
  memberJson,
  POOL,
  poolJson,
} from '../../../support/models/models.ts';

const faults = (json: unknown, parse = parseLoadBalancerModel): string[] => faultsOf(parse, json);
const withListener = (fields: object): object =>
  loadBalancerJson({ listeners: [listenerJson({ ...fields })] });
const withPool = (fields: object): object => withListener({ default_pool: poolJson({ ...fields }) });

describe('a load balancer model', () => {
  it('is complete with every default of Octavia', () => {
    const [listener] = parseLoadBalancerModel(withListener({ connection_limit: undefined })).listeners;
    expect(listener).toMatchObject({
      admin_state_up: true,
      connection_limit: 50_000,
      timeout_client_data: 50_000,
      timeout_member_connect: 5000,
      timeout_tcp_inspect: 0,
      insert_headers: [],
      l7policies: [],
      default_pool: { members: [{ weight: 1, backup: false, admin_state_up: true }] },
    });
  });

  it.each([undefined, null, -1, 0, 50_000])(
    'reads a connection limit of %s as the default',
    (connection_limit) => {
      const model = parseLoadBalancerModel(withListener({ connection_limit }));
      expect(model.listeners[0]?.connection_limit).toBe(50_000);
    },
  );

  it('reads null, absent and the default alike', () => {
    const bare = parseLoadBalancerModel(loadBalancerJson());
    const nulls = { weight: null, monitor_port: null, backup: null, monitor_address: null };
    const listener = {
      timeout_client_data: null,
      insert_headers: null,
      l7policies: null,
      tls_versions: null,
    };
    const json = withListener({
      ...listener,
      default_pool: poolJson({ healthmonitor: null, members: [memberJson(nulls)] }),
    });
    expect(parseLoadBalancerModel(json)).toEqual(bare);
  });

  it('ignores unknown keys', () => {
    expect(parseLoadBalancerModel(loadBalancerJson({ from_the_future: 1 }))).toEqual(
      parseLoadBalancerModel(loadBalancerJson()),
    );
  });

  it('finds pools by their ids at any place', () => {
    const model = parseLoadBalancerModel(
      loadBalancerJson({
        pools: [poolJson()],
        listeners: [listenerJson({ default_pool: undefined, default_pool_id: POOL })],
      }),
    );
    expect(model.listeners[0]?.default_pool?.pool_id).toBe(POOL);
  });

  it('returns addresses in one form', () => {
    const model = parseLoadBalancerModel(withPool({ members: [memberJson({ address: '2001:DB8:0::1' })] }));
    expect(model.listeners[0]?.default_pool?.members[0]?.address).toBe('2001:db8::1');
  });

  it('reads the headers to insert in any case of names and values', () => {
    const json = withListener({ insert_headers: { 'x-forwarded-for': 'TRUE', 'X-Forwarded-Port': 'false' } });
    expect(parseLoadBalancerModel(json).listeners[0]?.insert_headers).toEqual(['X-Forwarded-For']);
  });
});

describe('a fault in a model', () => {
  const other = exampleId(9);
  it.each<[string, object, string]>([
    [
      'an address',
      withPool({ members: [memberJson({ address: 'web1' })] }),
      'listeners[0].default_pool.members[0].address: not an IP address',
    ],
    [
      'a missing field',
      withPool({ members: [memberJson({ protocol_port: undefined })] }),
      'listeners[0].default_pool.members[0].protocol_port: required',
    ],
    [
      'a type',
      withListener({ protocol_port: '80' }),
      'listeners[0].protocol_port: not a whole number from 1 to 65535',
    ],
    ['a VIP', loadBalancerJson({ vip_address: null }), 'vip_address: not a string'],
    [
      'an unknown pool',
      withListener({ default_pool: undefined, default_pool_id: other }),
      `listeners[0].default_pool_id: the document holds no pool ${other}`,
    ],
    [
      'a header',
      withListener({ insert_headers: { 'X-Else': 'true' } }),
      'listeners[0].insert_headers.X-Else: not a header that can be inserted',
    ],
    [
      'a pool of another kind',
      withPool({ protocol: 'UDP' }),
      'listeners[0].default_pool.protocol: UDP cannot be combined with HTTP listeners',
    ],
    [
      'two members of one id',
      withPool({ members: [memberJson(), memberJson()] }),
      'listeners[0].default_pool.members[1].member_id: already used by members[0]',
    ],
    [
      'two listeners at one port',
      loadBalancerJson({ listeners: [listenerJson(), listenerJson({ listener_id: other })] }),
      'listeners[1].protocol_port: already used by listeners[0]',
    ],
    [
      'a line break',
      withListener({
        l7policies: [
          { action: 'REJECT', rules: [{ type: 'PATH', compare_type: 'REGEX', value: 'a\n\tbind :1' }] },
        ],
      }),
      'listeners[0].l7policies[0].rules[0].value: contains a control character',
    ],
    [
      'two rules of one id',
      withListener({
        l7policies: [0, 1].map(() => ({
          action: 'REJECT',
          rules: [{ l7rule_id: other, type: 'PATH', compare_type: 'EQUAL_TO', value: '/' }],
        })),
      }),
      'listeners[0].l7policies[1].rules[0].l7rule_id: already used by another rule',
    ],
    [
      'a gap between versions of TLS',
      withListener({ tls_versions: ['TLSv1.1', 'TLSv1.3'] }),
      'listeners[0].tls_versions: leaves out a version between two others',
    ],
    [
      'an algorithm of LVS',
      withPool({ lb_algorithm: 'SOURCE_IP_PORT' }),
      'listeners[0].default_pool.lb_algorithm: SOURCE_IP_PORT is only for UDP and SCTP',
    ],
    [
      'a policy without its URL',
      withListener({ l7policies: [{ action: 'REDIRECT_TO_URL', rules: [] }] }),
      'listeners[0].l7policies[0].redirect_url: required for REDIRECT_TO_URL',
    ],
    [
      'a certificate',
      withListener({
        protocol: 'TERMINATED_HTTPS',
        default_tls_container_data: { certificate: 'x', private_key: 'y' },
      }),
      'listeners[0].default_tls_container_data.certificate: not a certificate in PEM',
    ],
    [
      'no certificate',
      withListener({ protocol: 'TERMINATED_HTTPS' }),
      'listeners[0].default_tls_container_data: required for TERMINATED_HTTPS',
    ],
  ])('names its path: %s', (_what, json, line) => {
    expect(faults(json)).toEqual([line]);
  });

  it('is reported on a line of its own', () => {
    expect(faults(loadBalancerJson({ vip_address: 'x', loadbalancer_id: 'y' }))).toEqual([
      'loadbalancer_id: not a UUID',
      'vip_address: not an IP address',
    ]);
  });

  it('may concern the whole document', () => {
    expect(faults([])).toEqual(['model: not an object']);
  });
});

describe('a listener model', () => {
  const json = { ...listenerJson(), vip_address: '10.0.1.100' };

  it('is a load balancer of one listener', () => {
    const model = parseListenerModel(json);
    expect(model).toMatchObject({ loadbalancer_id: LISTENER, vip_address: '10.0.1.100' });
    expect(model.listeners.map((listener) => listener.listener_id)).toEqual([LISTENER]);
  });

  it('names the paths of faults from its own top', () => {
    const document = { ...json, default_pool: poolJson({ protocol: 'UDP' }) };
    expect(faults(document, parseListenerModel)).toEqual([
      'default_pool.protocol: UDP cannot be combined with HTTP listeners',
    ]);
  });
});
