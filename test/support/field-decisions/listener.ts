import { exampleId, POOL, poolJson } from '../models/models.ts';
import { becomes, type Case, type Decision, decisionsOf, refuses, takes } from './decision.ts';
import { ADMIN_STATE, INFORMS, PROJECT } from './load-balancer.ts';

const ENCRYPTED = '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----';

type Fields = Readonly<Record<string, unknown>>;
const OTHER = exampleId(9);
const PROMETHEUS = { protocol: 'PROMETHEUS', default_pool: null, default_pool_id: null };
const HTTP_ONLY = 'not for a HTTP listener';

/** @param byDefault milliseconds */
const timeout = (byDefault: number): readonly ['used', ...Case[]] => [
  'used',
  takes(1),
  becomes(0, byDefault),
  becomes(null, byDefault),
  refuses(-1, 'not a whole number from 0 to 2073600000'),
];

export const TLS_DECISIONS = {
  tls_ciphers: [
    'used',
    takes('TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256'),
    takes('HIGH:ECDHE+AESGCM:!aNULL:!NO-SUCH:@STRENGTH'),
    refuses('ECDHE-RSA-AES128-GCM-SHA256:NO-SUCH', 'unknown to OpenSSL: NO-SUCH'),
    refuses('TLS_AES_999', 'unknown to OpenSSL: TLS_AES_999'),
    refuses('ecdhe-rsa-aes128-gcm-sha256', 'unknown to OpenSSL: ecdhe-rsa-aes128-gcm-sha256'),
    refuses('a b', 'not an OpenSSL cipher list'),
  ],
  tls_versions: [
    'used',
    becomes(['TLSv1.3', 'TLSv1.2', 'TLSv1.3'], ['TLSv1.2', 'TLSv1.3']),
    refuses([], 'names no version'),
    refuses(['TLSv1.1', 'TLSv1.3'], 'leaves out a version between two others'),
    refuses(['SSLv3'], 'not one of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3', {}, 'tls_versions[0]'),
    refuses(['TLSv1.4'], 'not one of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3', {}, 'tls_versions[0]'),
  ],
  alpn_protocols: [
    'used',
    takes(['h2']),
    takes([]),
    refuses(['h3'], 'not one of h2, http/1.1, http/1.0', {}, 'alpn_protocols[0]'),
  ],
} as const;

/** @param container with its key @param installed as the model has it @param ca PEM @param crl PEM */
export function listenerDecisions(tls: {
  readonly container: Fields;
  readonly installed: unknown;
  readonly ca: string;
  readonly crl: string;
}): Decision[] {
  const { container, installed, ca, crl } = tls;
  const terminated = { protocol: 'TERMINATED_HTTPS', default_tls_container_data: container };
  const authenticated = {
    ...terminated,
    client_ca_tls_container_data: ca,
    client_authentication: 'OPTIONAL',
  };
  return [
    ...decisionsOf('listener', {
      listener_id: ['used', takes(OTHER), refuses('x', 'not a UUID')],
      loadbalancer_id: ['informs', takes(OTHER), refuses('x', 'not a UUID')],
      ...INFORMS,
      ...PROJECT,
      ...ADMIN_STATE,
      protocol: [
        'chooses',
        takes('HTTP'),
        refuses('http', 'not one of HTTP, HTTPS, TERMINATED_HTTPS, TCP, PROMETHEUS, UDP, SCTP'),
      ],
      protocol_port: [
        'used',
        takes(65_535),
        ...[0, 65_536, 1.5, '80'].map((port) => refuses(port, 'not a whole number from 1 to 65535')),
      ],
      connection_limit: ['used', takes(1), becomes(-1, 50_000), becomes(0, 50_000), becomes(null, 50_000)],
      default_pool: ['used', becomes(null, undefined, { default_pool_id: null })],
      default_pool_id: [
        'used',
        takes(POOL),
        refuses(OTHER, 'not the id of the pool in the same object'),
        refuses(OTHER, `the document holds no pool ${OTHER}`, { default_pool: null }),
      ],
      l7policies: ['used', becomes(null, [])],
      insert_headers: [
        'used',
        becomes({ 'x-forwarded-for': 'TRUE', 'X-Forwarded-Port': false }, ['X-Forwarded-For']),
        refuses({ 'X-Else': 'true' }, 'not a header that can be inserted', {}, 'insert_headers.X-Else'),
        refuses({ 'X-Forwarded-For': 'yes' }, 'not true or false', {}, 'insert_headers.X-Forwarded-For'),
        refuses(
          { 'X-SSL-Issuer': 'true' },
          'only for a TERMINATED_HTTPS listener',
          {},
          'insert_headers.X-SSL-Issuer',
        ),
        refuses(
          { 'X-Forwarded-For': 'true' },
          'not for a TCP listener',
          { protocol: 'TCP' },
          'insert_headers.X-Forwarded-For',
        ),
      ],
      allowed_cidrs: [
        'converted',
        becomes(['10.1.2.3/8', '192.0.2.1'], ['10.0.0.0/8', '192.0.2.1/32']),
        refuses(['10.0.0.0/33'], 'not a network', {}, 'allowed_cidrs[0]'),
        refuses(['10.0.0.0/8', '2001:db8::/32'], 'no VIP is IPv6', {}, 'allowed_cidrs[1]'),
      ],
      timeout_client_data: timeout(50_000),
      timeout_member_connect: timeout(5000),
      timeout_member_data: timeout(50_000),
      timeout_tcp_inspect: timeout(0),
      default_tls_container_ref: [
        'informs',
        takes('ref', terminated),
        refuses('ref', 'required for default_tls_container_ref', {}, 'default_tls_container_data'),
      ],
      default_tls_container_data: [
        'used',
        becomes(container, installed, { protocol: 'TERMINATED_HTTPS' }),
        becomes(container, installed, PROMETHEUS),
        refuses(container, HTTP_ONLY),
        refuses(null, 'required for TERMINATED_HTTPS', { protocol: 'TERMINATED_HTTPS' }),
      ],
      sni_container_refs: [
        'informs',
        takes(['ref'], { ...terminated, sni_container_data: [container] }),
        refuses(['ref'], '0 for 1 of sni_container_refs', terminated, 'sni_container_data'),
      ],
      sni_container_data: [
        'used',
        becomes([container], [installed], terminated),
        refuses([container], HTTP_ONLY),
        refuses(
          [container],
          'required, because the listener uses TLS only with a default certificate',
          PROMETHEUS,
          'default_tls_container_data',
        ),
      ],
      client_authentication: [
        'used',
        takes('MANDATORY', authenticated),
        refuses(
          'MANDATORY',
          'required for client authentication',
          terminated,
          'client_ca_tls_container_data',
        ),
        refuses('OPTIONAL', HTTP_ONLY, { client_ca_tls_container_data: ca }, 'client_authentication'),
      ],
      client_ca_tls_container_ref: [
        'informs',
        takes('ref', authenticated),
        refuses(
          'ref',
          'required for client_ca_tls_container_ref',
          terminated,
          'client_ca_tls_container_data',
        ),
      ],
      client_ca_tls_container_data: [
        'used',
        takes(ca, authenticated),
        refuses(ca, HTTP_ONLY),
        refuses('x', 'not certificates in PEM', authenticated),
      ],
      client_crl_container_ref: [
        'informs',
        takes('ref', { ...authenticated, client_crl_container_data: crl }),
        refuses('ref', 'required for client_crl_container_ref', authenticated, 'client_crl_container_data'),
      ],
      client_crl_container_data: [
        'used',
        takes(crl, authenticated),
        refuses(crl, HTTP_ONLY),
        refuses(crl, 'required for client_crl_container_data', terminated, 'client_ca_tls_container_data'),
        refuses('x', 'not certificate revocation lists in PEM', authenticated),
      ],
      tls_ciphers: [
        ...TLS_DECISIONS.tls_ciphers,
        refuses('TLS_AES_128_GCM_SHA256', 'names no cipher for TLSv1.2', {
          ...terminated,
          tls_versions: ['TLSv1.2'],
        }),
        refuses('ECDHE-RSA-AES128-GCM-SHA256', 'names no cipher for TLSv1.3', {
          ...terminated,
          tls_versions: ['TLSv1.3'],
        }),
        takes('ECDHE-RSA-AES128-GCM-SHA256', terminated),
      ],
      tls_versions: TLS_DECISIONS.tls_versions,
      alpn_protocols: TLS_DECISIONS.alpn_protocols,
      hsts_max_age: [
        'used',
        takes(0, terminated),
        refuses(1, HTTP_ONLY),
        refuses(-1, 'not a whole number from 0 to 2147483647', terminated),
      ],
      hsts_include_subdomains: [
        'used',
        takes(true, { ...terminated, hsts_max_age: 1 }),
        refuses(true, 'required for hsts_include_subdomains and hsts_preload', terminated, 'hsts_max_age'),
      ],
      hsts_preload: [
        'used',
        takes(true, { ...terminated, hsts_max_age: 1 }),
        refuses(true, 'required for hsts_include_subdomains and hsts_preload', terminated, 'hsts_max_age'),
      ],
    }),
    ...decisionsOf('container', {
      id: ['informs', becomes('i', undefined)],
      primary_cn: ['informs', becomes('bücher', undefined)],
      certificate: ['used', refuses('x', 'not a certificate in PEM')],
      private_key: [
        'used',
        refuses('x', 'not a private key in PEM'),
        refuses(ENCRYPTED, 'encrypted, but the passphrase is missing'),
        refuses(ENCRYPTED, 'encrypted with a different passphrase', { passphrase: 'x' }),
        refuses(null, 'required, because this certificate is not installed with its key'),
      ],
      passphrase: ['used', becomes('not needed', undefined)],
      intermediates: ['used', becomes(null, []), refuses(['x'], 'not a certificate in PEM')],
    }),
  ];
}

/** Returns one more pool, for policies. */
export const OTHER_POOL = poolJson({ pool_id: exampleId(3, 1), members: [] });
