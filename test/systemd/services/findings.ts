import { z } from 'zod';

const state = z.object({
  status: z.enum(['active', 'activating', 'inactive', 'failed']),
  mainPid: z.number().optional(),
});
const answer = z.string().optional();

/** The findings of scenario.ts under systemd. */
export const findings = z.object({
  install: z.object({
    chosen: z.string(),
    first: z.string(),
    again: z.string(),
    changed: z.string(),
    /** NeedDaemonReload after a unit changed without systemd's knowledge, and after install() */
    daemonReload: z.array(z.string()),
    enabled: z.array(z.string()),
    /** target and state of the link of an enabled unit: of the agent, and of `systemctl enable` */
    links: z.array(z.object({ target: z.string(), state: z.string(), wanted: z.boolean() })),
    state,
  }),
  start: z.object({
    status: z.string(),
    answer,
    namespace: z.string(),
    pidFile: z.boolean(),
    netns: z.string(),
    forwarding: z.string(),
    openFiles: z.object({
      hardLimit: z.number(),
      reckoned: z.number().optional(),
      running: z.number().optional(),
    }),
  }),
  /** the state of a unit whose start lasts, before and after the wait for it */
  settled: z.object({ before: z.string(), after: z.string() }),
  reload: z.object({ sameMaster: z.boolean(), refused: z.string(), answer }),
  /** a reload without systemctl, then one with systemctl; then the same with a configuration that does not run */
  directReload: z.object({
    sent: z.string(),
    state,
    sameMaster: z.boolean(),
    subState: z.string(),
    byHand: z.string(),
    refused: z.object({ status: z.string(), answer, mended: z.string() }),
  }),
  bindConflict: z.object({
    said: z.string(),
    printed: z.string(),
    status: z.string(),
    answer,
    mended: z.string(),
  }),
  crash: z.object({ answer, ended: z.array(z.string()), name: z.string() }),
  failedStart: z.object({
    stopped: state,
    reloaded: z.string(),
    said: z.string(),
    /** in the time of one pause */
    retries: z.number(),
    /** whether systemd would give up */
    isLimited: z.boolean(),
    /** what the start with a good configuration said; '' where it succeeded */
    mended: z.string(),
    retriesThen: z.number(),
    answer,
  }),
  keepalived: z.object({ pidFile: z.boolean(), sameMain: z.boolean(), stopped: state }),
  remove: z.object({ file: z.boolean(), answer, load: z.string(), state, unknown: z.string() }),
  notifier: z.object({ status: z.string(), restartsWhileAlive: z.string(), watchdogBit: z.boolean() }),
});
export type Findings = z.infer<typeof findings>;
