import * as z from 'zod';

/** The facts that `amphora-agent ctl` uses from `GET /upgrade`: the upgrade under way, or the last one. */
export const upgradeFacts = z.object({
  upgrade: z
    .object({
      id: z.string(),
      phase: z.string(),
      result: z.enum(['succeeded', 'returned', 'failed']).nullable(),
      reason: z.string().nullable(),
      requested_at: z.string(),
    })
    .nullable(),
});
export type UpgradeFacts = z.infer<typeof upgradeFacts>;
