import { z } from 'zod';

/** What keepalived-scenario.ts finds out under systemd. `said` is empty where an action succeeded. */
export const keepalivedFindings = z.object({
  vrrp: z.object({
    started: z.string(),
    /** what its log says of the start, and of the reload */
    startLog: z.string(),
    reloaded: z.string(),
    reloadLog: z.string(),
    warnings: z.array(z.string()),
    sameMain: z.boolean(),
  }),
  missingInterface: z.object({ said: z.string() }),
  nothingToRun: z.object({ said: z.string() }),
  withoutIpvs: z.object({ said: z.string() }),
});
export type KeepalivedFindings = z.infer<typeof keepalivedFindings>;
