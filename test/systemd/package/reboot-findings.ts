import { z } from 'zod';

/** What one step of an operator's package manager did, and how the amphora was after the reboot that followed. */
const step = z.object({
  name: z.string(),
  code: z.number().nullable(),
  /** requests during the step */
  traffic: z.object({ answered: z.number(), lost: z.number() }),
  /** after the reboot: what the load balancer answered, and the status of GET /info; null where there was no agent */
  served: z.string().optional(),
  info: z.number().nullable(),
  /** units that failed */
  failed: z.string(),
});

/** What reboot-scenario.ts finds out over all its boots. */
export const rebootFindings = z.object({
  steps: z.array(step),
  /** after the removal: haproxy restarted by hand, and what its unit requires */
  restarted: z.object({ served: z.string().optional(), requires: z.string() }),
  /** purges beneath a haproxy that runs: of the package when it is removed already, and when it is installed */
  refused: z.array(
    z.object({
      code: z.number().nullable(),
      state: z.string(),
      /** settings in /etc before and after */
      settings: z.array(z.string()),
      /** main process of the agent before and after */
      agents: z.array(z.string()),
      served: z.string().optional(),
    }),
  ),
  /** after the purge and a reboot */
  purged: z.object({ code: z.number().nullable(), settings: z.string(), failed: z.string() }),
});
export type RebootFindings = z.infer<typeof rebootFindings>;
export type RebootStep = z.infer<typeof step>;
