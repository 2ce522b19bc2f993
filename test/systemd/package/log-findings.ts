import { z } from 'zod';

/** Lines of one program in the files of rsyslog. */
const lines = z.object({ count: z.number(), twice: z.array(z.string()) });

/** What log-scenario.ts finds out. */
export const logFindings = z.object({
  /** exit code of the installation, with recommended packages */
  installed: z.number().nullable(),
  /** is-enabled of each unit of the package */
  enabled: z.array(z.string()),
  /** with use_syslog */
  forwarded: z.object({ agent: lines, haproxy: lines, keepalived: lines }),
  /** lines of the agent in the journal meanwhile */
  journal: z.number(),
  /** how often a line of the agent is in the files without use_syslog */
  notForwarded: z.number(),
});
export type LogFindings = z.infer<typeof logFindings>;
