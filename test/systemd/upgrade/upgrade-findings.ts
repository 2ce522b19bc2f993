import * as z from 'zod';

const outcome = z.object({
  /** status of the answer to the bundle, and its details when it was refused */
  status: z.number(),
  details: z.string(),
  result: z.string().nullable(),
  reason: z.string().nullable(),
  phases: z.array(z.string()),
  /** versions of the installed packages, and of the haproxy that serves */
  packages: z.record(z.string(), z.string()),
  runs: z.string(),
  sameHaproxy: z.boolean(),
  sameAgent: z.boolean(),
  sameKeepalived: z.boolean(),
  /** whether a websocket from before all upgrades still works */
  websocket: z.boolean(),
  /** requests through the VIP that were lost meanwhile */
  lost: z.number(),
  /** what dpkg misses, and files that are left of the upgrade */
  audit: z.string(),
  left: z.array(z.string()),
  seconds: z.number(),
});
export type Outcome = z.infer<typeof outcome>;

/** What an amphora shows that is upgraded under systemd. */
export const upgradeFindings = z.object({
  haproxyBefore: z.string(),
  patched: outcome,
  refusing: outcome,
  agent: outcome,
  crashing: outcome,
  silent: outcome,
  mute: outcome,
  again: outcome,
  keepalived: outcome,
  pair: z.object({ hasVip: z.boolean(), peerWasMaster: z.boolean() }),
  killed: z.array(
    z.object({
      afterMs: z.number(),
      /** phase of the upgrade at that moment; `ended` after its last one */
      phase: z.string(),
      result: z.string().nullable(),
      isOne: z.boolean(),
      lost: z.number(),
      audit: z.string(),
    }),
  ),
  /** results before the kills, those at the end, and the same ones in the audit log; the newest first */
  history: z.array(z.string()),
  latest: z.array(z.string()),
  audited: z.array(z.string()),
  traffic: z.object({ answered: z.number(), losses: z.array(z.string()).readonly() }),
  /** the longest time without a heartbeat while the agent was upgraded: milliseconds */
  pauseMs: z.number(),
  powerCut: z.object({
    result: z.string().nullable(),
    reason: z.string().nullable(),
    runs: z.string(),
    package: z.string(),
    audit: z.string(),
    left: z.array(z.string()),
    unit: z.string(),
  }),
});
export type UpgradeFindings = z.infer<typeof upgradeFindings>;
