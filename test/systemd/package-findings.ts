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
  removed: z.object({ served: z.string().optional(), agent: z.string() }),
});
export type PackageFindings = z.infer<typeof packageFindings>;
