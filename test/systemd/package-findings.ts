import { z } from 'zod';

/** What package-scenario.ts finds out before and after a reboot. */
export const packageFindings = z.object({
  installed: z.object({
    /** is-enabled of each unit */
    enabled: z.array(z.string()),
    /** of the agent, before there was a configuration */
    before: z.string(),
    /** answer to GET /info once there was one, with nothing else done */
    info: z.number(),
    files: z.string(),
  }),
  checks: z.object({
    /** what keepalived says of the first run of the agent's own script … */
    own: z.string(),
    /** … of amphora-health-checker … */
    sctp: z.string(),
    /** … and of a script that Octavia's agent left */
    left: z.string(),
    /** groups that may ping members */
    pings: z.string(),
    /** status of an answer of prometheus-proxy, which the request starts */
    metrics: z.string(),
  }),
  restarted: z.object({
    served: z.string().optional(),
    sameHaproxy: z.boolean(),
    /** NRestarts after the agent was killed */
    restarts: z.string(),
    info: z.number(),
  }),
  /** as far as systemd tells of it: a unit that makes the namespace may run again at any time */
  order: z.object({ namespaceWasMade: z.boolean(), agentComesAfter: z.array(z.string()) }),
  rebooted: z.object({ info: z.number(), served: z.string().optional(), restarts: z.string() }),
  /** after the package was removed */
  removed: z.object({
    served: z.string().optional(),
    agent: z.string(),
    /** exit codes of the agent's own script and of amphora-health-checker; null where it wasn't found */
    checks: z.array(z.number().nullable()),
  }),
});
export type PackageFindings = z.infer<typeof packageFindings>;
