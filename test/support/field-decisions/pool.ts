import { exampleId } from '../models/models.ts';
import { becomes, type Decision, decisionsOf, refuses, takes } from './decision.ts';
import { TLS_DECISIONS } from './listener.ts';
import { ADMIN_STATE, HOST_ADDRESSES, INFORMS } from './load-balancer.ts';

type Fields = Readonly<Record<string, unknown>>;
const OTHER = exampleId(9);
const ID = [takes(OTHER), refuses('x', 'not a UUID')] as const;
const WHOLE = (from: number, to: number): string => `not a whole number from ${from} to ${to}`;
const PORT = [takes(1), refuses(0, WHOLE(1, 65_535))] as const;
const APP = { type: 'APP_COOKIE', cookie_name: 'session' };

/** Members, monitors and session persistence of haproxy's pools. */
const OBJECTS_OF_POOLS: readonly Decision[] = [
  ...decisionsOf('member', {
    member_id: ['used', ...ID],
    name: INFORMS.name,
    project_id: ['informs', takes('p')],
    pool_id: ['informs', ...ID],
    subnet_id: ['informs', takes('s')],
    address: ['converted', ...HOST_ADDRESSES],
    protocol_port: ['used', ...PORT],
    weight: ['used', takes(0), takes(256), becomes(null, 1), refuses(257, WHOLE(0, 256))],
    backup: ['used', takes(true)],
    monitor_address: ['converted', ...HOST_ADDRESSES],
    monitor_port: ['used', ...PORT],
    ...ADMIN_STATE,
    vnic_type: ['informs', takes('direct')],
  }),
  ...decisionsOf('pingedMember', {
    monitor_address: [
      'used',
      becomes(null, undefined),
      refuses('10.0.0.1', 'not with a PING monitor, which pings the address of the member'),
    ],
    monitor_port: ['used', takes(1)],
  }),
  ...decisionsOf('monitor', {
    healthmonitor_id: ['informs', ...ID],
    name: INFORMS.name,
    project_id: ['informs', takes('p')],
    pool_id: ['informs', ...ID],
    ...ADMIN_STATE,
    type: ['chooses', takes('PING'), refuses('SCTP', 'SCTP cannot be combined with HTTP pools')],
    delay: ['used', takes(1), refuses(0, WHOLE(1, 2_000_000))],
    timeout: ['used', takes(1), refuses(0, WHOLE(1, 2_000_000))],
    max_retries: ['used', takes(10), refuses(0, WHOLE(1, 10))],
    max_retries_down: ['used', becomes(null, 3), refuses(11, WHOLE(1, 10))],
    http_method: [
      'used',
      becomes(null, 'GET'),
      refuses('get', 'not one of GET, HEAD, POST, PUT, DELETE, TRACE, OPTIONS, CONNECT, PATCH'),
    ],
    http_version: ['used', becomes(null, 1), refuses(2, 'not 1.0 or 1.1')],
    url_path: [
      'converted',
      takes('/a?b=c&d[]="<>'),
      becomes('/bücher x#y', '/b%C3%BCcher%20x%23y'),
      becomes('/%c3%bc%', '/%C3%BC%'),
      refuses('a', 'not the path of a URL'),
      refuses('/a\r\nHost: b', 'contains a control character'),
    ],
    expected_codes: [
      'converted',
      becomes('200, 202-204', '200,202-204'),
      ...['', '20', '204-200', '99', '099', '200-600', '600', '200;201'].map((codes) =>
        refuses(codes, 'not a list of status codes such as 200,202-204'),
      ),
    ],
    domain_name: [
      'converted',
      takes('a-b_c.example.'),
      becomes('www.Bücher.example', 'www.xn--bcher-kva.example'),
      ...['a b', 'a..b', 'a:80', '', 'a/b', '*.a'].map((name) => refuses(name, 'not a host name')),
      refuses('ü*.example', "'ü*' has no punycode form"),
    ],
  }),
  ...decisionsOf('persistence', {
    type: ['chooses', refuses('COOKIE', 'not one of SOURCE_IP, HTTP_COOKIE, APP_COOKIE')],
    cookie_name: [
      'used',
      takes('JSESSIONID', APP),
      ...['a b', 'a;b', 'a=b', 'ü', ''].map((name) => refuses(name, 'not a token (RFC 7230)', APP)),
      refuses(null, 'required for APP_COOKIE', APP),
      refuses('a', 'not for HTTP_COOKIE', { type: 'HTTP_COOKIE' }),
      refuses('a', 'not for SOURCE_IP'),
    ],
    persistence_timeout: ['used', refuses(1, 'for UDP and SCTP pools only')],
    persistence_granularity: ['used', refuses('255.0.0.0', 'for UDP and SCTP pools only')],
  }),
];

/** The decisions that differ in the pools of keepalived. Their objects begin with `lvs`. */
const LVS_DECISIONS: readonly Decision[] = [
  ...decisionsOf('lvsPool', {
    tls_enabled: ['used', refuses(true, 'not for a UDP pool')],
    lb_algorithm: ['used', takes('SOURCE_IP_PORT')],
    slowstart: ['used', refuses(10, 'not for a UDP pool: IPVS has no slow start')],
  }),
  ...decisionsOf('lvsMember', {
    backup: ['used', takes(false), refuses(true, 'not for a UDP pool: IPVS has no backup members')],
  }),
  ...decisionsOf('lvsPersistence', {
    type: ['chooses', refuses('HTTP_COOKIE', 'not SOURCE_IP, the only one for UDP')],
    persistence_timeout: ['used', takes(1), refuses(0, WHOLE(1, 2_147_483))],
    persistence_granularity: [
      'used',
      takes('255.255.0.0'),
      takes('64'),
      refuses('255.0.255.0', 'not a netmask or a prefix length'),
      refuses('129', 'not a netmask or a prefix length'),
    ],
  }),
];

/** @param tls the TLS container, as for listenerDecisions() */
export function poolDecisions(tls: {
  readonly container: Fields;
  readonly installed: unknown;
  readonly ca: string;
  readonly crl: string;
}): Decision[] {
  const { container, installed, ca, crl } = tls;
  const encrypted = { tls_enabled: true };
  const verified = { ...encrypted, ca_tls_container_data: ca };
  return [
    ...decisionsOf('pool', {
      pool_id: ['used', ...ID],
      ...INFORMS,
      project_id: ['informs', takes('p')],
      loadbalancer_id: ['informs', ...ID],
      listener_id: ['informs', ...ID],
      ...ADMIN_STATE,
      protocol: ['chooses', takes('PROXY'), refuses('UDP', 'UDP cannot be combined with HTTP listeners')],
      lb_algorithm: [
        'used',
        becomes(null, 'ROUND_ROBIN'),
        refuses('SOURCE_IP_PORT', 'SOURCE_IP_PORT is only for UDP and SCTP'),
      ],
      members: ['used', becomes(null, [])],
      healthmonitor: ['used', becomes(null, undefined)],
      session_persistence: ['used', becomes(null, undefined)],
      slowstart: [
        'used',
        takes(1),
        takes(86_400),
        becomes(null, undefined),
        ...[0, 86_401, 1.5, '10'].map((seconds) => refuses(seconds, WHOLE(1, 86_400))),
        refuses(10, 'not for SOURCE_IP, whose weights are fixed', { lb_algorithm: 'SOURCE_IP' }),
      ],
      tls_enabled: ['chooses', takes(true)],
      tls_container_ref: [
        'informs',
        takes('ref', { ...encrypted, tls_container_data: container }),
        refuses('ref', 'required for tls_container_ref', encrypted, 'tls_container_data'),
      ],
      tls_container_data: [
        'used',
        becomes(container, installed, encrypted),
        refuses(container, 'requires tls_enabled'),
      ],
      ca_tls_container_ref: [
        'informs',
        takes('ref', verified),
        refuses('ref', 'required for ca_tls_container_ref', encrypted, 'ca_tls_container_data'),
      ],
      ca_tls_container_data: ['used', takes(ca, encrypted), refuses(ca, 'requires tls_enabled')],
      crl_container_ref: [
        'informs',
        takes('ref', { ...verified, crl_container_data: crl }),
        refuses('ref', 'required for crl_container_ref', verified, 'crl_container_data'),
      ],
      crl_container_data: [
        'used',
        takes(crl, verified),
        refuses(crl, 'required for crl_container_data', encrypted, 'ca_tls_container_data'),
        refuses(crl, 'requires tls_enabled'),
      ],
      tls_ciphers: [
        ...TLS_DECISIONS.tls_ciphers,
        refuses('TLS_AES_128_GCM_SHA256', 'names no cipher for TLSv1.2', {
          ...encrypted,
          tls_versions: ['TLSv1.2'],
        }),
      ],
      tls_versions: TLS_DECISIONS.tls_versions,
      alpn_protocols: TLS_DECISIONS.alpn_protocols,
    }),
    ...OBJECTS_OF_POOLS,
    ...LVS_DECISIONS,
  ];
}
