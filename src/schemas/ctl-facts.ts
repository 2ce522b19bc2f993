import * as z from 'zod';
import { historyAnswer, rollbackAnswer } from './history-answers.ts';
import { statisticsAnswer } from './statistics-answer.ts';

/**
 * The facts that `amphora-agent ctl` uses from answers of an agent. That agent may be older or newer: these schemas name no
 * field that a command can do without, and ignore the others.
 */

const texts = z.array(z.string());
const identified = z.object({ id: z.string(), status: z.string() });
/** rates a second, the oldest first; null where nothing was observed */
const traffic = z.object({ sessions: z.array(z.number().nullable()) });
const shownListener = identified.extend({ traffic: traffic.nullish() });

/** A difference between what the amphora should have and what it has. */
const driftItem = z.object({
  kind: z.string(),
  object: z.string(),
  wanted: z.unknown(),
  seen: z.unknown(),
  since: z.string().nullish(),
  repair: z.string().nullish(),
});
export const driftFacts = z.object({
  mode: z.string(),
  checked_at: z.string().nullable(),
  items: z.array(driftItem),
  /** what the last look could not look at; an older agent does not say it */
  unseen: z.array(z.object({ kinds: texts, object: z.string().nullable(), reason: z.string() })).optional(),
});
export type DriftFacts = z.infer<typeof driftFacts>;

export const driftRepairFacts = z.object({
  items: z.array(driftItem.omit({ since: true }).extend({ result: z.string() })),
});
export type DriftRepairFacts = z.infer<typeof driftRepairFacts>;

const upgradeFacts = z.object({
  id: z.string(),
  phase: z.string(),
  result: z.enum(['succeeded', 'returned', 'failed']).nullable(),
  reason: z.string().nullable(),
  requested_at: z.string(),
  ended_at: z.string().nullable(),
  packages: z.array(z.object({ name: z.string(), from: z.string().nullable(), to: z.string() })),
});

export const statusFacts = z.object({
  amphora: z.string(),
  hostname: z.string(),
  time: z.string(),
  versions: z.object({ agent: z.string(), haproxy: z.string(), keepalived: z.string() }),
  uptime_seconds: z.number(),
  ready: z.boolean(),
  reasons: texts,
  notes: texts,
  load_balancers: z.array(
    z.object({
      id: z.string(),
      state: z.string(),
      vips: texts,
      listeners: z.array(shownListener.extend({ connections: z.number().nullable() })),
      pools: z.array(identified.extend({ listener: z.string(), members: z.array(identified) })),
    }),
  ),
  udp_and_sctp_listeners: z.array(shownListener),
  vrrp: z.array(z.object({ peers: texts })).optional(),
  certificates: z.array(z.object({ file: z.string(), days_left: z.number() })),
  reloads: z.object({
    avoided: z.record(z.string(), z.number()),
    needed: z.record(z.string(), z.number()),
    recent: z.array(
      z.object({ time: z.string(), load_balancer: z.string(), result: z.string(), detail: z.string() }),
    ),
  }),
  heartbeats: z.object({
    sent: z.number(),
    failed: z.number(),
    seconds_since_last: z.number().nullable(),
    interval_seconds: z.number().optional(),
  }),
  drift: driftFacts.optional(),
  upgrade: upgradeFacts.nullish(),
  attention: texts.optional(),
  vips: z
    .array(z.object({ address: z.string(), holder: z.string(), interface: z.string().nullable() }))
    .optional(),
  failed_changes: z
    .array(
      z.object({
        ...{ time: z.string(), method: z.string(), path: z.string(), status: z.number() },
        ...{ client: z.string(), reason: z.string() },
      }),
    )
    .optional(),
});
export type StatusFacts = z.infer<typeof statusFacts>;

export const statisticsFacts = statisticsAnswer;
export type StatisticsFacts = z.infer<typeof statisticsFacts>;

export const historyFacts = historyAnswer;
export type HistoryFacts = z.infer<typeof historyFacts>;

export const rollbackFacts = rollbackAnswer;
export type RollbackFacts = z.infer<typeof rollbackFacts>;

export const drainFacts = z.object({
  state: z.string(),
  sessions: z.number(),
  oldest_seconds: z.number().nullable(),
  deadline: z.string().nullable(),
  cut: z.boolean(),
  details: z.string().optional(),
});
export type DrainFacts = z.infer<typeof drainFacts>;

/** The body of a failure: its text is in one of these. */
export const failureFacts = z.object({
  message: z.string().optional(),
  error: z.string().optional(),
  details: z.string().optional(),
});
