import * as z from 'zod';
import { ROLLBACK_RESULTS } from '../domain/haproxy/rollback-result.ts';
import { lastUpgrade } from './upgrade-record.ts';

/** The answers of the API, for its OpenAPI document (docs/contract.md, sections 3 and 4). */

export const versionAnswer = z.object({ api_version: z.literal('1.0') });

export const messageAnswer = z.object({ message: z.literal('OK'), details: z.string().optional() });

/**
 * The body of a failure. Handlers write their own texts; the framework's texts cover unknown paths, methods and malformed
 * requests.
 */
export const failureAnswer = z.union([
  z.object({ message: z.string(), details: z.string().optional() }),
  z.object({ details: z.string() }),
  z.object({ error: z.string(), http_code: z.int(), details: z.string().optional() }),
]);

export const infoAnswer = z.object({
  hostname: z.string(),
  haproxy_version: z.string(),
  api_version: z.enum(['1.0', '0.5']),
  keepalived_version: z.string(),
  ipvsadm_version: z.string(),
});

const bytes = z.number().nonnegative();
const kib = z.int().nonnegative();
const processes = z.int().nonnegative();

export const detailsAnswer = infoAnswer.extend({
  networks: z.record(z.string(), z.object({ network_tx: bytes, network_rx: bytes })),
  active: z.literal(true),
  haproxy_count: processes,
  cpu_count: z.int().positive(),
  cpu: z.object({ total: z.number(), user: z.string(), system: z.string(), soft_irq: z.string() }),
  memory: z.object({
    total: kib,
    free: kib,
    buffers: kib,
    cached: kib,
    swap_used: kib,
    shared: kib,
    slab: kib,
  }),
  disk: z.object({ used: bytes, available: bytes }),
  load: z.array(z.string()).length(3),
  active_tuned_profiles: z.string(),
  topology: z.string(),
  topology_status: z.string(),
  listeners: z.array(z.string()),
  lvs_listener_process_count: processes.optional().describe('API 1.0'),
  udp_listener_process_count: processes.optional().describe('API 0.5'),
  packages: z.object({}),
});

const listener = z.object({
  status: z.enum(['ACTIVE', 'OFFLINE', 'ERROR']),
  uuid: z.string(),
  type: z.string(),
});

export const listenersAnswer = z.array(listener);

/** A listener with its pools. The pools are present when it is ACTIVE. */
export const listenerAnswer = listener.extend({
  pools: z
    .array(
      z.object({
        uuid: z.string().optional(),
        status: z.string(),
        members: z.record(z.string(), z.string()),
      }),
    )
    .optional(),
});

export const interfaceAnswer = z.object({ message: z.literal('OK'), interface: z.string() });

export const md5Answer = z.object({ md5sum: z.string() });

/** The effect that an upload would have. Secrets are hidden in it. */
export const dryRunAnswer = z.object({
  valid: z.boolean(),
  details: z
    .string()
    .describe('the output of the checking program, or the reason why the upload would be refused'),
  config: z.string().describe("the configuration that would be stored; '' when it can't be rendered"),
  diff: z
    .string()
    .describe("unified diff from the stored configuration to the new one; '' when nothing would change"),
});

/** A member, its open sessions and its drain. */
export const drainAnswer = z.object({
  state: z
    .enum(['enabled', 'disabled', 'draining', 'drained'])
    .describe('enabled and disabled: the member has no drain'),
  sessions: z.int().nonnegative().describe('open sessions'),
  oldest_seconds: z
    .int()
    .nonnegative()
    .nullable()
    .describe(
      'age of the oldest open session; null without a session, or when haproxy has too many to look at',
    ),
  deadline: z.string().nullable().describe('end of the drain, in RFC 3339; null without a drain'),
  cut: z.boolean().describe('whether the sessions that are left at the deadline are closed'),
  details: z.string().optional().describe('warnings, one a line'),
});

const texts = z.array(z.string());
const identified = z.object({ id: z.string(), status: z.string() });
const rates = z.array(z.number().nullable());

const shownListener = identified.extend({
  connections: z.int().nullable().describe('open connections; null when they are unknown'),
  traffic: z
    .object({ bytes_in: rates, bytes_out: rates, sessions: rates })
    .nullable()
    .describe(
      'rates a second in slots of `traffic_slot_seconds`, the oldest first, up to one hour; null in a slot without an observation',
    ),
});

const poolAnswer = identified.extend({
  listener: z.string(),
  members: z.array(
    identified.extend({
      address: z.string().nullable(),
      sessions: z.int().nullable(),
      seconds_since_change: z
        .int()
        .nullable()
        .describe('since the last change between UP and DOWN; null for members of UDP and SCTP listeners'),
      check: z
        .object({ status: z.string(), description: z.string(), detail: z.string() })
        .nullable()
        .describe("the last result of haproxy's health check"),
    }),
  ),
});

const driftItem = z.object({
  kind: z.string(),
  object: z.string(),
  wanted: z.string(),
  seen: z.string(),
  since: z.iso.datetime(),
  repair: z.string().nullable().describe('what a repair does; null: the agent only reports the difference'),
  weight: z.enum(['fault', 'note']).describe('fault: the amphora is not ready'),
  repairs_last_hour: z.int().nonnegative(),
  gave_up: z.boolean().describe('repairs have ended for an hour, because the difference comes back'),
});

/** Differences between what the amphora should have and what it has. */
export const driftAnswer = z.object({
  mode: z.enum(['off', 'report', 'repair']),
  interval_seconds: z.int().positive(),
  checked_at: z.iso
    .datetime()
    .nullable()
    .describe('end of the last look that saw everything; null before it'),
  items: z.array(driftItem),
  unseen: z
    .array(
      z.object({
        ...{ kinds: texts, reason: z.string(), since: z.iso.datetime() },
        object: z.string().nullable().describe('null: every object of the kinds'),
      }),
    )
    .describe('what the last look could not look at; items of it are those of an earlier look'),
});

export const statusAnswer = z.object({
  amphora: z.string(),
  hostname: z.string(),
  time: z.iso.datetime(),
  versions: z.object({ agent: z.string(), haproxy: z.string(), keepalived: z.string() }),
  uptime_seconds: z.int(),
  ready: z.boolean(),
  reasons: texts,
  notes: texts,
  attention: texts.describe('faults that leave the amphora ready'),
  vips: z.array(
    z.object({
      address: z.string(),
      holder: z.enum(['this amphora', 'the peer', 'nobody']),
      interface: z.string().nullable(),
    }),
  ),
  vrrp: z.array(
    z.object({
      instance: z.string(),
      interface: z.string(),
      peers: texts,
      state: z.enum(['INIT', 'BACKUP', 'MASTER', 'FAULT', 'unknown']),
      since: z.iso.datetime().nullable(),
      detail: z.string(),
    }),
  ),
  load_balancers: z.array(
    z.object({
      id: z.string(),
      state: z.enum(['serves', 'silent', 'down', 'stopped', 'unknown']),
      vips: texts,
      listeners: z.array(shownListener),
      pools: z.array(poolAnswer),
    }),
  ),
  udp_and_sctp_listeners: z.array(shownListener.extend({ vips: texts, pool: poolAnswer.nullable() })),
  traffic_slot_seconds: z.int(),
  certificates: z.array(z.object({ file: z.string(), expires: z.iso.datetime(), days_left: z.int() })),
  reloads: z.object({
    avoided: z.record(z.string(), z.int()),
    needed: z.record(z.string(), z.int()),
    recent: z.array(
      z.object({
        ...{ time: z.iso.datetime(), load_balancer: z.string(), result: z.string(), detail: z.string() },
        rollback: z.enum(ROLLBACK_RESULTS).nullable().describe('null unless the reload failed'),
      }),
    ),
  }),
  drift: driftAnswer,
  upgrade: lastUpgrade.nullable().describe('the upgrade under way, or the last one'),
  failed_changes: z
    .array(
      z.object({
        ...{ time: z.iso.datetime(), method: z.string(), path: z.string(), status: z.int() },
        client: z.string().describe("subject of the client's certificate; '' when it has none"),
        reason: z.string().describe('for example the output of haproxy, without secrets'),
      }),
    )
    .describe('the last requests since the start of the agent that changed nothing, the newest first'),
  heartbeats: z.object({
    ...{ sent: z.int(), failed: z.int(), seconds_since_last: z.int().nullable() },
    interval_seconds: z.number().positive().describe('time between two heartbeats'),
    destinations: texts,
    note: z.string().describe('what the numbers do not say'),
  }),
});

export const driftRepairAnswer = z.object({
  items: z.array(
    driftItem.pick({ kind: true, object: true, wanted: true, seen: true, repair: true }).extend({
      result: z.enum(['repaired', 'still there', 'failed', 'gone', 'report only', 'not looked at']),
    }),
  ),
});
