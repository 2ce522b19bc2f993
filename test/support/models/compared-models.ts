import { exampleId, listenerJson, loadBalancerJson, memberJson, poolJson } from './models.ts';

type Fields = Readonly<Record<string, unknown>>;

const withListener = (fields: Fields, balancer: Fields = {}): Fields =>
  loadBalancerJson({ listeners: [listenerJson(fields)], ...balancer });
const withPool = (fields: Fields, listener: Fields = {}, balancer: Fields = {}): Fields =>
  withListener({ default_pool: poolJson(fields), ...listener }, balancer);
const monitored = (monitor: Fields, fields: Fields = {}): Fields =>
  withPool({
    healthmonitor: { delay: 3, timeout: 4, max_retries: 2, max_retries_down: 5, ...monitor },
    ...fields,
  });

const FORWARDED = {
  'X-Forwarded-For': 'true',
  'X-Forwarded-Port': 'true',
  'X-Forwarded-Proto': 'true',
};
const ALL_HEADERS = {
  ...FORWARDED,
  'X-SSL-Client-Verify': 'true',
  'X-SSL-Client-Has-Cert': 'true',
  'X-SSL-Client-DN': 'true',
  'X-SSL-Client-CN': 'true',
  'X-SSL-Issuer': 'true',
  'X-SSL-Client-SHA1': 'true',
  'X-SSL-Client-Not-Before': 'true',
  'X-SSL-Client-Not-After': 'true',
};

const PAIR = {
  amphora: {
    topology: 'ACTIVE_STANDBY',
    peers: [
      { amphora_id: '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f', vrrp_ip: '10.0.1.11' },
      { amphora_id: '4f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f', vrrp_ip: '10.0.1.12' },
    ],
  },
};

const RULES: readonly Fields[] = [
  ...['STARTS_WITH', 'ENDS_WITH', 'CONTAINS', 'EQUAL_TO', 'REGEX'].flatMap((compare_type) => [
    { type: 'HOST_NAME', compare_type, value: 'example' },
    { type: 'PATH', compare_type, value: '/a' },
    { type: 'HEADER', compare_type, key: 'X-A', value: 'a' },
    { type: 'COOKIE', compare_type, key: 'a', value: 'b', invert: true },
    { type: 'SSL_DN_FIELD', compare_type, key: 'CN', value: 'a' },
  ]),
  { type: 'FILE_TYPE', compare_type: 'EQUAL_TO', value: 'css' },
  { type: 'FILE_TYPE', compare_type: 'REGEX', value: 'jpe?g' },
  { type: 'SSL_CONN_HAS_CERT', compare_type: 'EQUAL_TO', value: 'True' },
  { type: 'SSL_VERIFY_RESULT', compare_type: 'EQUAL_TO', value: '0' },
].map((rule, index) => ({ l7rule_id: exampleId(7, index), ...rule }));

const POLICIES: readonly Fields[] = [
  { action: 'REJECT', rules: RULES },
  {
    action: 'REDIRECT_TO_URL',
    redirect_url: 'https://example.com/',
    rules: [{ ...RULES[1], l7rule_id: exampleId(8, 1) }],
  },
  {
    action: 'REDIRECT_PREFIX',
    redirect_prefix: 'https://example.com',
    rules: [{ ...RULES[1], l7rule_id: exampleId(8, 2) }],
  },
  {
    action: 'REDIRECT_TO_POOL',
    redirect_pool: poolJson({ pool_id: exampleId(3, 1) }),
    rules: [{ ...RULES[1], l7rule_id: exampleId(8, 3) }],
  },
];

const NEGOTIATED = {
  tls_ciphers: 'TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256',
  tls_versions: ['TLSv1.2', 'TLSv1.3'],
  alpn_protocols: ['h2', 'http/1.1'],
};

/** Load balancers that Octavia's templates and ours render, by the feature that they show. */
export function comparedModels(container: object, ca: string): ReadonlyMap<string, Fields> {
  const terminated = {
    protocol: 'TERMINATED_HTTPS',
    protocol_port: 443,
    default_tls_container_data: container,
    ...NEGOTIATED,
  };
  const authenticating = {
    ...terminated,
    client_ca_tls_container_data: ca,
    client_authentication: 'OPTIONAL',
  };
  return new Map<string, Fields>([
    ['HTTP', withListener({ insert_headers: FORWARDED })],
    ['TCP', withPool({ protocol: 'TCP' }, { protocol: 'TCP', timeout_tcp_inspect: 7 })],
    ['HTTPS', withPool({ protocol: 'HTTPS' }, { protocol: 'HTTPS' })],
    ['HTTP behind TCP', withListener({ protocol: 'TCP' })],
    ['two VIPs', withListener({}, { additional_vips: [{ ip_address: '2001:db8::100' }] })],
    [
      'PROMETHEUS',
      loadBalancerJson({ listeners: [listenerJson({ protocol: 'PROMETHEUS', default_pool: undefined })] }),
    ],
    ['TERMINATED_HTTPS', withListener({ ...terminated, insert_headers: ALL_HEADERS })],
    ['client authentication', withListener(authenticating)],
    ['least connections', withPool({ lb_algorithm: 'LEAST_CONNECTIONS' })],
    ['source', withPool({ lb_algorithm: 'SOURCE_IP' })],
    ['PROXY', withPool({ protocol: 'PROXY' }, { insert_headers: FORWARDED })],
    ['PROXYV2', withPool({ protocol: 'PROXYV2' }, { protocol: 'TCP' })],
    ['PROXYV2 behind TLS', withPool({ protocol: 'PROXYV2' }, terminated)],
    ['SOURCE_IP, replicated', withPool({ session_persistence: { type: 'SOURCE_IP' } }, {}, PAIR)],
    ['APP_COOKIE', withPool({ session_persistence: { type: 'APP_COOKIE', cookie_name: 'JSESSIONID' } })],
    ['HTTP_COOKIE', withPool({ session_persistence: { type: 'HTTP_COOKIE' } })],
    ['monitor PING', monitored({ type: 'PING' })],
    ['monitor TCP', monitored({ type: 'TCP' })],
    ['monitor HTTP', monitored({ type: 'HTTP', expected_codes: '200-204' })],
    ['monitor HTTP 1.1', monitored({ type: 'HTTP', http_version: 1.1, domain_name: 'a.example' })],
    ['monitor HTTPS', monitored({ type: 'HTTPS' }, { protocol: 'HTTP' })],
    ['monitor TLS-HELLO', monitored({ type: 'TLS-HELLO' })],
    [
      'monitored elsewhere',
      monitored(
        { type: 'TCP' },
        { members: [memberJson({ monitor_address: '10.0.6.1', monitor_port: 81 })] },
      ),
    ],
    [
      'members',
      withPool({
        members: [
          memberJson({ weight: 7, backup: true }),
          memberJson({ member_id: exampleId(4, 1), admin_state_up: false, address: '2001:db8::5' }),
        ],
      }),
    ],
    ['re-encryption', withPool({ tls_enabled: true, ...NEGOTIATED }, terminated)],
    [
      're-encryption with a CA',
      withPool({ tls_enabled: true, ca_tls_container_data: ca, ...NEGOTIATED }, terminated),
    ],
    [
      're-encryption, monitored',
      monitored({ type: 'HTTPS' }, { tls_enabled: true, ca_tls_container_data: ca, ...NEGOTIATED }),
    ],
    ['re-encryption of HTTP', withPool({ tls_enabled: true, ...NEGOTIATED })],
    ['L7 policies', withListener({ ...authenticating, l7policies: POLICIES })],
  ]);
}
