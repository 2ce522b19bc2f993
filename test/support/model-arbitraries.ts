import fc from 'fast-check';
import { exampleId } from './models.ts';

/** Texts that break out of careless configurations, and any others. */
const sayable = fc.oneof(
  fc.constantFrom(
    ...[
      'a b',
      "it's",
      '"x"',
      '\\',
      '\\\\',
      'a\\',
      '#',
      'a#b',
      '$HOME',
      '$' + '{HOME}',
      '%[src]',
      '%',
      '%%',
      '-i',
      '--',
    ],
    ...[
      '-f /etc/passwd',
      '<&>',
      'a,b',
      ')',
      '("',
      '{',
      '}',
      '!',
      'é中😀',
      ' ',
      "'\"\\'",
      '`',
      '~',
      'if TRUE',
      '}{ || a',
    ],
  ),
  fc.string({ minLength: 1, maxLength: 12 }),
  fc.string({ minLength: 250, maxLength: 2000 }),
);
const unsayable = fc.oneof(
  fc.constantFrom('\u0000', 'a\nbind :1', 'a\r\nb', '\t', '\ud800', '\u001b[0m'),
  fc.string({ minLength: 1, maxLength: 12, unit: 'binary' }),
  fc.string({ minLength: 2049, maxLength: 2100 }),
);

/** So many good ones come to a bad one that most documents are models. */
const RARELY = 60;
const mostly = <T, U>(good: fc.Arbitrary<T>, bad: fc.Arbitrary<U>): fc.Arbitrary<T | U> =>
  fc.oneof({ weight: RARELY, arbitrary: good }, { weight: 1, arbitrary: bad });
const anything = fc.oneof(sayable, unsayable);
const nasty = mostly(sayable, unsayable);

/** A regular expression that PCRE takes, with any characters in it. */
const regex = fc
  .tuple(fc.constantFrom('', '^', '(?:a|b)*', '[#$ "]'), nasty, fc.constantFrom('', '$', '+', '{1,3}'))
  .map(([before, literal, after]) => `${before}${literal.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}${after}`);

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null | undefined> =>
  fc.oneof(arbitrary, fc.constantFrom(null, undefined));

const token = mostly(fc.stringMatching(/^[\w!#$%&'*+.^`|~-]{1,20}$/), anything);

const rule = fc.oneof(
  fc.record({
    type: fc.constantFrom('HOST_NAME', 'PATH', 'HEADER', 'COOKIE'),
    compare_type: fc.constantFrom('STARTS_WITH', 'ENDS_WITH', 'CONTAINS', 'EQUAL_TO'),
    key: token,
    value: nasty,
    invert: fc.boolean(),
    admin_state_up: maybe(fc.boolean()),
  }),
  fc.record({
    type: fc.constantFrom('HOST_NAME', 'PATH', 'FILE_TYPE', 'HEADER', 'COOKIE'),
    compare_type: fc.constant('REGEX'),
    key: token,
    value: regex,
  }),
  fc.record({
    type: fc.constant('SSL_DN_FIELD'),
    compare_type: fc.constantFrom('CONTAINS', 'EQUAL_TO'),
    key: mostly(fc.constantFrom('CN', 'emailAddress'), anything),
    value: nasty,
  }),
  fc.record({ type: fc.constant('FILE_TYPE'), compare_type: fc.constant('EQUAL_TO'), value: nasty }),
  fc.record({
    type: fc.constant('SSL_CONN_HAS_CERT'),
    compare_type: fc.constant('EQUAL_TO'),
    value: fc.constant('True'),
  }),
  fc.record({
    type: fc.constant('SSL_VERIFY_RESULT'),
    compare_type: fc.constant('EQUAL_TO'),
    value: fc.nat(60).map(String),
  }),
);

const url = mostly(
  fc
    .tuple(fc.constantFrom('http', 'https'), fc.stringMatching(/^[!-~]{0,60}$/))
    .map(([scheme, rest]) => `${scheme}://example.com/${rest}`),
  anything.map((text) => `http://example.com/${text}`),
);

const policy = fc.record({
  action: fc.constantFrom('REJECT', 'REDIRECT_TO_URL', 'REDIRECT_PREFIX', 'REDIRECT_TO_POOL'),
  admin_state_up: maybe(fc.boolean()),
  position: maybe(fc.nat(5)),
  redirect_url: url,
  redirect_prefix: url,
  redirect_http_code: maybe(fc.constantFrom(301, 302, 303, 307, 308)),
  redirect_pool_id: fc.nat(2).map((index) => exampleId(3, index)),
  rules: fc.oneof(
    fc.array(rule, { maxLength: 4 }),
    fc.array(rule, { minLength: 50, maxLength: 51, size: 'max' }),
  ),
});

const address = mostly(fc.oneof(fc.ipV4(), fc.ipV6()), anything);
const port = mostly(fc.integer({ min: 1, max: 65_535 }), fc.integer());
const versions = mostly(
  fc.constantFrom(
    ['TLSv1.2'],
    ['TLSv1.3', 'TLSv1.2'],
    ['SSLv3', 'TLSv1', 'TLSv1.1'],
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
  type: mostly(fc.constantFrom('HTTP', 'HTTPS', 'PING', 'TCP', 'TLS-HELLO'), fc.constant('SCTP')),
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
    healthmonitor: maybe(healthmonitor),
    session_persistence: maybe(
      fc.record({ type: fc.constantFrom('SOURCE_IP', 'HTTP_COOKIE', 'APP_COOKIE'), cookie_name: token }),
    ),
    tls_enabled: maybe(fc.boolean()),
    tls_versions: maybe(versions),
    tls_ciphers: maybe(
      mostly(fc.constantFrom('ECDHE-RSA-AES128-GCM-SHA256', 'TLS_AES_128_GCM_SHA256'), anything),
    ),
    alpn_protocols: maybe(fc.subarray(['h2', 'http/1.1', 'http/1.0'])),
  });

const header = fc.constantFrom(
  'X-Forwarded-For',
  'X-Forwarded-Port',
  'X-Forwarded-Proto',
  'X-SSL-Client-CN',
  'X-SSL-Issuer',
);

const listener = (index: number, container: object) =>
  fc.constantFrom('HTTP', 'TERMINATED_HTTPS', 'HTTPS', 'TCP', 'PROMETHEUS', 'UDP').chain((protocol) =>
    fc.record({
      listener_id: fc.constant(exampleId(2, index)),
      protocol: fc.constant(protocol),
      protocol_port: fc.constant(80 + index),
      admin_state_up: maybe(fc.boolean()),
      connection_limit: maybe(fc.integer({ min: -1, max: 2_000_000 })),
      default_pool:
        protocol === 'PROMETHEUS' || protocol === 'UDP' ? fc.constant(null) : maybe(pool(0, protocol)),
      l7policies:
        protocol === 'HTTP' || protocol === 'TERMINATED_HTTPS'
          ? fc.array(policy, { maxLength: 3 })
          : fc.constant([]),
      insert_headers: maybe(fc.dictionary(header, fc.constantFrom('true', 'False', 'TRUE'))),
      timeout_client_data: maybe(fc.integer({ min: 0, max: 2_073_600_000 })),
      timeout_tcp_inspect: maybe(fc.integer({ min: 0, max: 2_073_600_000 })),
      allowed_cidrs: maybe(
        fc.array(mostly(fc.constantFrom('10.0.0.0/8', '2001:db8::1/64'), anything), { maxLength: 2 }),
      ),
      default_tls_container_data: fc.constant(protocol === 'TERMINATED_HTTPS' ? container : null),
      tls_versions: maybe(versions),
      hsts_max_age: maybe(fc.nat()),
      hsts_preload: maybe(fc.boolean()),
    }),
  );

/** Documents that are nearly models of load balancers; most are. @param container a certificate with its key */
export const modelDocument = (container: object) =>
  fc.record({
    loadbalancer_id: fc.constant(exampleId(1)),
    project_id: maybe(nasty),
    name: maybe(fc.string()),
    vip_address: fc.oneof(fc.ipV4(), fc.ipV6()),
    additional_vips: maybe(
      fc.array(
        fc.ipV6().map((ip_address) => ({ ip_address })),
        { maxLength: 2 },
      ),
    ),
    admin_state_up: maybe(fc.constant(true)),
    pools: fc.tuple(pool(1, 'HTTP'), pool(2, 'HTTP')),
    listeners: fc
      .tuple(listener(0, container), listener(1, container))
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
