import { z } from 'zod';
import { earlierEquals } from '../../domain/text/duplicates.ts';
import { healthMonitor } from './health-monitor.ts';
import { member } from './member.ts';
import { adminStateUp, between, listOf, oneOf, optional, text, token, uuid, withDefault } from './scalars.ts';
import {
  alpnProtocols,
  caCertificates,
  revocationLists,
  tlsCiphers,
  tlsContainer,
  tlsVersions,
} from './tls.ts';

const PROTOCOLS = ['HTTP', 'HTTPS', 'TCP', 'PROXY', 'PROXYV2', 'UDP', 'SCTP'] as const;
export type PoolProtocol = (typeof PROTOCOLS)[number];
const ALGORITHMS = ['ROUND_ROBIN', 'LEAST_CONNECTIONS', 'SOURCE_IP', 'SOURCE_IP_PORT'] as const;

/** in seconds: a day */
const LONGEST_SLOWSTART = 86_400;

/** An IPv4 netmask such as 255.255.255.0, or an IPv6 prefix length. */
const granularity = z
  .string()
  .regex(/^(?:\d{1,3}(?:\.\d{1,3}){3}|\d{1,3})$/, 'not a netmask or a prefix length');

const sessionPersistence = z
  .object({
    type: oneOf(['SOURCE_IP', 'HTTP_COOKIE', 'APP_COOKIE']),
    cookie_name: optional(token),
    /** in seconds */
    persistence_timeout: optional(between(1, 2_147_483)),
    persistence_granularity: optional(granularity),
  })
  .refine(({ type, cookie_name }) => type !== 'APP_COOKIE' || cookie_name !== undefined, {
    path: ['cookie_name'],
    message: 'required for APP_COOKIE',
  });
export type SessionPersistenceModel = z.output<typeof sessionPersistence>;

/** A pool whose fields are each valid. checked-pool.ts also checks combinations of fields. */
export const poolFields = z.object({
  pool_id: uuid,
  name: optional(z.string()),
  description: optional(z.string()),
  project_id: optional(text),
  loadbalancer_id: optional(uuid),
  listener_id: optional(uuid),
  admin_state_up: adminStateUp,
  protocol: oneOf(PROTOCOLS),
  lb_algorithm: withDefault(oneOf(ALGORITHMS), 'ROUND_ROBIN'),
  members: listOf(member).superRefine((members, context) => {
    const earlier = earlierEquals(members.map(({ member_id }) => member_id));
    earlier.forEach((first, index) => {
      if (first === undefined) return;
      context.addIssue({
        code: 'custom',
        path: [index, 'member_id'],
        message: `already used by members[${first}]`,
      });
    });
  }),
  healthmonitor: optional(healthMonitor),
  session_persistence: optional(sessionPersistence),
  /** this agent's own field: seconds in which the weight of a new or recovered member grows to its full value */
  slowstart: optional(between(1, LONGEST_SLOWSTART)),
  tls_enabled: withDefault(z.boolean(), false),
  tls_container_ref: optional(z.string()),
  tls_container_data: optional(tlsContainer),
  ca_tls_container_ref: optional(z.string()),
  ca_tls_container_data: optional(caCertificates),
  crl_container_ref: optional(z.string()),
  crl_container_data: optional(revocationLists),
  tls_ciphers: tlsCiphers,
  tls_versions: tlsVersions,
  alpn_protocols: alpnProtocols,
});
export type PoolModel = z.output<typeof poolFields>;
