import * as z from 'zod';

/** What the process outside and the process inside the private namespaces tell each other (Node's IPC channel). */

export const sandboxOptions = z.object({
  keep: z.boolean(),
  topology: z.enum(['SINGLE', 'ACTIVE_STANDBY']),
  verbose: z.boolean(),
  /** whether a change of the sources restarts the agent of a kept sandbox */
  watch: z.boolean(),
});
/** What the command line says about the course of the play. */
export type SandboxOptions = z.infer<typeof sandboxOptions>;

const programs = z.object({
  agent: z.tuple([z.string()], z.string()).readonly(),
  commands: z.string(),
});

/** From outside. `start` comes once, with the listening server whose connections go to the agent. */
export const orders = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('start'),
    options: sandboxOptions,
    programs,
    /** work directory; the outside removes it */
    directory: z.string(),
    /** port of the server on the host's 127.0.0.1 */
    port: z.number(),
    /** how the host enters a namespace of this sandbox, up to the process id */
    enter: z.string(),
  }),
  z.object({ kind: z.literal('host-pid'), pid: z.number(), hostPid: z.number().optional() }),
  z.object({ kind: z.literal('stop') }),
]);
export type Order = z.infer<typeof orders>;
export type StartOrder = Extract<Order, { kind: 'start' }>;

/** From inside: `ready` for the start order, then questions for the host's number of a process of the lab. */
export const reports = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('host-pid'), pid: z.number() }),
]);
export type Report = z.infer<typeof reports>;
