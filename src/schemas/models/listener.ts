import { z } from 'zod';
import { readNetworkLoosely } from '../../domain/network/addresses.ts';
import { pool } from './checked-pool.ts';
import { l7Policy } from './l7/l7.ts';
import {
  adminStateUp,
  between,
  listOf,
  oneOf,
  optional,
  port,
  text,
  timeout,
  uuid,
  withDefault,
} from './scalars.ts';
import {
  alpnProtocols,
  caCertificates,
  revocationLists,
  tlsCiphers,
  tlsContainer,
  tlsVersions,
} from './tls.ts';

const PROTOCOLS = ['HTTP', 'HTTPS', 'TERMINATED_HTTPS', 'TCP', 'PROMETHEUS', 'UDP', 'SCTP'] as const;
export type ListenerProtocol = (typeof PROTOCOLS)[number];

/** Octavia's [haproxy_amphora] default_connection_limit. The values -1 and 0 stand for it too. */
export const DEFAULT_CONNECTION_LIMIT = 50_000;

export const INSERTED_HEADERS = [
  'X-Forwarded-For',
  'X-Forwarded-Port',
  'X-Forwarded-Proto',
  'X-SSL-Client-Verify',
  'X-SSL-Client-Has-Cert',
  'X-SSL-Client-DN',
  'X-SSL-Client-CN',
  'X-SSL-Issuer',
  'X-SSL-Client-SHA1',
  'X-SSL-Client-Not-Before',
  'X-SSL-Client-Not-After',
] as const;
export type InsertedHeader = (typeof INSERTED_HEADERS)[number];

/**
 * The headers with the value true, in the order of INSERTED_HEADERS. Controllers usually send values as texts, in any
 * case. An unknown header is refused, because members may rely on it.
 */
const insertHeaders = z
  .record(
    z.string(),
    z.union(
      [z.boolean(), z.string().regex(/^(?:true|false)$/i, 'not true or false'), z.null()],
      'not true or false',
    ),
  )
  .nullish()
  .transform((given, context): InsertedHeader[] => {
    const wanted = Object.entries(given ?? {}).filter(([, value]) => String(value).toLowerCase() === 'true');
    const names = new Set(wanted.map(([name]) => name.toLowerCase()));
    const known = INSERTED_HEADERS.filter((name) => names.delete(name.toLowerCase()));
    for (const [name] of wanted.filter(([header]) => names.has(header.toLowerCase()))) {
      context.issues.push({
        code: 'custom',
        path: [name],
        message: 'not a header that can be inserted',
        input: given,
      });
    }
    return known;
  });

/** A network. Its host bits are cleared. */
const cidr = z.string().transform((given, context): string => {
  const reading = readNetworkLoosely(given);
  if ('value' in reading) return reading.value;
  context.issues.push({ code: 'custom', message: 'not a network', input: given });
  return z.NEVER;
});

export const listener = z.object({
  listener_id: uuid,
  loadbalancer_id: optional(uuid),
  name: optional(z.string()),
  description: optional(z.string()),
  project_id: optional(text),
  admin_state_up: adminStateUp,
  protocol: oneOf(PROTOCOLS),
  protocol_port: port,
  connection_limit: between(-1, 2_000_000_000)
    .nullish()
    .transform((given) =>
      given === undefined || given === null || given < 1 ? DEFAULT_CONNECTION_LIMIT : given,
    ),
  default_pool: optional(pool),
  default_pool_id: optional(uuid),
  l7policies: listOf(l7Policy),
  insert_headers: insertHeaders,
  allowed_cidrs: listOf(cidr),
  timeout_client_data: timeout(50_000),
  timeout_member_connect: timeout(5000),
  timeout_member_data: timeout(50_000),
  timeout_tcp_inspect: timeout(0),
  default_tls_container_ref: optional(z.string()),
  default_tls_container_data: optional(tlsContainer),
  sni_container_refs: listOf(z.string()),
  sni_container_data: listOf(tlsContainer),
  client_authentication: withDefault(oneOf(['NONE', 'OPTIONAL', 'MANDATORY']), 'NONE'),
  client_ca_tls_container_ref: optional(z.string()),
  client_ca_tls_container_data: optional(caCertificates),
  client_crl_container_ref: optional(z.string()),
  client_crl_container_data: optional(revocationLists),
  tls_ciphers: tlsCiphers,
  tls_versions: tlsVersions,
  alpn_protocols: alpnProtocols,
  /** in seconds; undefined for no Strict-Transport-Security */
  hsts_max_age: optional(between(0, 2_147_483_647)),
  hsts_include_subdomains: withDefault(z.boolean(), false),
  hsts_preload: withDefault(z.boolean(), false),
});
/** A listener. default_pool is the pool with the id default_pool_id, from any place in the document. */
export type ListenerModel = z.output<typeof listener>;
