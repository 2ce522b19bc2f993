import fc from 'fast-check';
import { anything, maybe, mostly, nasty, token } from '../text-arbitraries.ts';
import { l7Policy } from './l7-arbitraries.ts';
import { exampleId } from './models.ts';

const host4 = fc.ipV4().filter((text) => !/^(?:0|22[4-9]|23\d)\./.test(text));
const address = mostly(fc.oneof(host4, fc.ipV6()), anything);
const port = mostly(fc.integer({ min: 1, max: 65_535 }), fc.integer());
const versions = mostly(
  fc.constantFrom(
    ['TLSv1.2'],
    ['TLSv1.3', 'TLSv1.2'],
    ['TLSv1', 'TLSv1.1', 'TLSv1.2'],
    ['TLSv1.1', 'TLSv1.2', 'TLSv1.3'],
  ),
  fc.subarray(['SSLv3', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']),
);

const member = (index: number) =>
  fc.record({
    member_id: fc.constant(exampleId(4, index)),
    address,
    protocol_port: port,
    weight: maybe(fc.integer({ min: 0, max: 256 })),
    backup: maybe(fc.boolean()),
    admin_state_up: maybe(fc.boolean()),
    monitor_address: maybe(address),
    monitor_port: maybe(port),
  });

const healthmonitor = fc.record({
  admin_state_up: maybe(fc.boolean()),
  type: mostly(fc.constantFrom('HTTP', 'HTTPS', 'TCP', 'TLS-HELLO'), fc.constantFrom('SCTP', 'PING')),
  delay: fc.integer({ min: 1, max: 100 }),
  timeout: fc.integer({ min: 1, max: 100 }),
  max_retries: fc.integer({ min: 1, max: 10 }),
  max_retries_down: maybe(fc.integer({ min: 1, max: 10 })),
  http_method: maybe(fc.constantFrom('GET', 'HEAD', 'CONNECT', 'PATCH')),
  http_version: maybe(fc.constantFrom(1, 1.1)),
  url_path: maybe(
    mostly(
      fc.stringMatching(/^[!-~]{0,60}$/).map((text) => `/${text}`),
      anything,
    ),
  ),
  expected_codes: maybe(mostly(fc.constantFrom('200', '200-204,301', '200, 404'), anything)),
  domain_name: maybe(mostly(fc.domain(), anything)),
});

const pool = (index: number, listenerProtocol: string) =>
  fc.record({
    pool_id: fc.constant(exampleId(3, index)),
    admin_state_up: maybe(fc.boolean()),
    protocol: mostly(
      fc.constantFrom(listenerProtocol === 'HTTPS' ? 'HTTPS' : 'HTTP', 'PROXY', 'PROXYV2'),
      fc.constantFrom('TCP', 'HTTP', 'UDP'),
    ),
    lb_algorithm: maybe(fc.constantFrom('ROUND_ROBIN', 'LEAST_CONNECTIONS', 'SOURCE_IP')),
    members: fc.tuple(member(0), member(1)).chain((both) => fc.constantFrom(both, both.slice(1), [])),
    slowstart: maybe(mostly(fc.integer({ min: 1, max: 86_400 }), fc.constant(0))),
    healthmonitor: maybe(healthmonitor),
    session_persistence: maybe(
      fc.oneof(
        fc.record({ type: fc.constantFrom('SOURCE_IP', 'HTTP_COOKIE') }),
        fc.record({ type: fc.constant('APP_COOKIE'), cookie_name: token }),
      ),
    ),
    tls_enabled: maybe(fc.boolean()),
    tls_versions: maybe(versions),
    tls_ciphers: maybe(
      mostly(
        fc.constantFrom(
          'TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256',
          'TLS_AES_256_GCM_SHA384:HIGH:!aNULL',
        ),
        anything,
      ),
    ),
    alpn_protocols: maybe(fc.subarray(['h2', 'http/1.1', 'http/1.0'])),
  });

const FORWARDED = ['X-Forwarded-For', 'X-Forwarded-Port', 'X-Forwarded-Proto'];
const HEADERS: Readonly<Record<string, readonly string[]>> = {
  HTTP: FORWARDED,
  TERMINATED_HTTPS: [...FORWARDED, 'X-SSL-Client-CN', 'X-SSL-Issuer'],
};
const NETWORKS = { 4: ['10.0.0.0/8', '192.0.2.1/24'], 6: ['2001:db8::1/64', '::/0'] } as const;

type Container = Readonly<Record<string, unknown>>;

const terminated = (container: Container) => ({
  default_tls_container_data: fc.constant(container),
  client_ca_tls_container_data: fc.constant(container['certificate']),
  client_authentication: fc.constantFrom('OPTIONAL', 'MANDATORY'),
  hsts_max_age: fc.nat(),
  hsts_preload: maybe(fc.boolean()),
});

const listener = (index: number, container: Container, version: 4 | 6) =>
  fc.constantFrom('HTTP', 'TERMINATED_HTTPS', 'HTTPS', 'TCP', 'PROMETHEUS', 'UDP').chain((protocol) => {
    const isTerminated = protocol === 'TERMINATED_HTTPS';
    const headers = HEADERS[protocol];
    return fc.record({
      listener_id: fc.constant(exampleId(2, index)),
      protocol: fc.constant(protocol),
      protocol_port: fc.constant(80 + index),
      admin_state_up: maybe(fc.boolean()),
      connection_limit: maybe(fc.integer({ min: -1, max: 2_000_000 })),
      default_pool:
        protocol === 'PROMETHEUS' || protocol === 'UDP' ? fc.constant(null) : maybe(pool(0, protocol)),
      l7policies:
        headers === undefined ? fc.constant([]) : fc.array(l7Policy(isTerminated), { maxLength: 3 }),
      insert_headers:
        headers === undefined
          ? fc.constant(null)
          : maybe(fc.dictionary(fc.constantFrom(...headers), fc.constantFrom('true', 'False', 'TRUE'))),
      timeout_client_data: maybe(fc.integer({ min: 0, max: 2_073_600_000 })),
      timeout_tcp_inspect: maybe(fc.integer({ min: 0, max: 2_073_600_000 })),
      allowed_cidrs: maybe(
        fc.array(mostly(fc.constantFrom(...NETWORKS[version]), anything), { maxLength: 2 }),
      ),
      tls_versions: maybe(versions),
      ...(isTerminated ? terminated(container) : {}),
    });
  });

/** Makes documents that look like models of load balancers; most are valid. @param container a certificate with its key */
export const modelDocument = (container: Container) =>
  fc.constantFrom(4, 6).chain((version) => documentOf(container, version));

const documentOf = (container: Container, version: 4 | 6) =>
  fc.record({
    loadbalancer_id: fc.constant(exampleId(1)),
    project_id: maybe(nasty),
    name: maybe(fc.string()),
    vip_address: version === 4 ? host4 : fc.ipV6(),
    additional_vips: maybe(
      fc.array(
        fc.ipV6().map((ip_address) => ({ ip_address })),
        { maxLength: 2 },
      ),
    ),
    admin_state_up: maybe(fc.constant(true)),
    pools: fc.tuple(pool(1, 'HTTP'), pool(2, 'HTTP')),
    listeners: fc
      .tuple(listener(0, container, version), listener(1, container, version))
      .chain((both) => fc.constantFrom(both, both.slice(1))),
    amphora: maybe(
      fc.record({
        topology: fc.constantFrom('SINGLE', 'ACTIVE_STANDBY'),
        peers: fc.array(
          fc.record({ amphora_id: fc.constantFrom(exampleId(5), exampleId(6)), vrrp_ip: address }),
          { maxLength: 2 },
        ),
        peer_port: maybe(port),
      }),
    ),
  });
