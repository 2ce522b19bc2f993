import * as z from 'zod';

/** The configurations of a load balancer that ran last, the newest first. */
export const historyAnswer = z.object({
  load_balancer: z.string(),
  configurations: z.array(
    z.object({
      number: z.int().positive().describe('1 for the configuration that ran last'),
      since: z.iso.datetime().describe('when it began to run'),
      md5: z.string(),
      listeners: z.array(z.string()).describe('ids of its listeners'),
      state: z
        .enum(['runs', 'stored', 'damaged', 'kept'])
        .describe('runs: in force; stored: on disk, of a haproxy that does not run it; damaged: unusable'),
      without_reload: z
        .boolean()
        .describe('whether it came into force in a running haproxy, without a reload'),
      missing: z.array(z.string()).describe('files of certificates that it names and that are gone'),
    }),
  ),
});

/** The configuration that a rollback has restored. */
export const rollbackAnswer = z.object({
  md5: z.string(),
  runs: z.boolean().describe('false: haproxy does not run; its next start uses this configuration'),
});
