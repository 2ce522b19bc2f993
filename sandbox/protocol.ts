import * as z from 'zod';

/** The messages between the processes outside and inside the private namespaces, over Node's IPC channel. */

export const sandboxOptions = z.object({
  keep: z.boolean(),
  topology: z.enum(['SINGLE', 'ACTIVE_STANDBY']),
  verbose: z.boolean(),
  /** whether a change of the sources restarts the agent of a kept sandbox */
  watch: z.boolean(),
});
/** The options of the command line that change the play. */
export type SandboxOptions = z.infer<typeof sandboxOptions>;

const programs = z.object({
  agent: z.tuple([z.string()], z.string()).readonly(),
  commands: z.string(),
});

/** Messages from the outer process. `start` comes once, with the listening server whose connections go to the agent. */
export const orders = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('start'),
    options: sandboxOptions,
    programs,
    /** work directory; the outer process removes it */
    directory: z.string(),
    /** port of the server on the host's 127.0.0.1 */
    port: z.number(),
    /** command by which the host enters a namespace of this sandbox; a process id follows */
    enter: z.string(),
  }),
  z.object({ kind: z.literal('host-pid'), pid: z.number(), hostPid: z.number().optional() }),
  z.object({ kind: z.literal('stop') }),
]);
export type Order = z.infer<typeof orders>;
export type StartOrder = Extract<Order, { kind: 'start' }>;

/** Messages from the inner process: `ready` for the start order, then requests for the host's process id of a process. */
export const reports = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('host-pid'), pid: z.number() }),
]);
export type Report = z.infer<typeof reports>;
