import { z } from 'zod';

/** The findings of keepalived-scenario.ts under systemd. `said` is empty if an action succeeded. */
export const keepalivedFindings = z.object({
  vrrp: z.object({
    started: z.string(),
    /** the verdicts on its log of the start and of the reload */
    startLog: z.string(),
    reloaded: z.string(),
    reloadLog: z.string(),
    warnings: z.array(z.string()),
    sameMain: z.boolean(),
  }),
  /** the same while the journal is too slow to see the process that logs the reason */
  slowJournal: z.object({
    said: z.string(),
    /** the reason that is found if systemd has not seen the main process */
    saidWithoutMain: z.string(),
  }),
  missingInterface: z.object({ said: z.string() }),
  nothingToRun: z.object({ said: z.string() }),
  withoutIpvs: z.object({ said: z.string() }),
});
export type KeepalivedFindings = z.infer<typeof keepalivedFindings>;
