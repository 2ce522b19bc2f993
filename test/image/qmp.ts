import { once } from 'node:events';
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import * as z from 'zod';

/** A client of QEMU's machine protocol (qmp-spec): one command at a time. */
export interface Qmp {
  /** @throws Error with QEMU's message if it refuses */
  ask(execute: string, given?: object): Promise<unknown>;
  close(): void;
}

const reply = z.object({
  return: z.unknown().optional(),
  error: z.object({ desc: z.string() }).optional(),
  event: z.string().optional(),
});

/** @param socket path of the socket that QEMU listens on */
export async function openQmp(socket: string): Promise<Qmp> {
  const connection = createConnection(socket);
  await once(connection, 'connect');
  const lines = createInterface({ input: connection })[Symbol.asyncIterator]();
  const next = async (): Promise<z.infer<typeof reply>> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('QEMU ended');
    return reply.parse(JSON.parse(value));
  };
  const ask = async (execute: string, given: object = {}): Promise<unknown> => {
    connection.write(`${JSON.stringify({ execute, arguments: given })}\n`);
    let answer = await next();
    while (answer.event !== undefined) answer = await next();
    if (answer.error !== undefined) throw new Error(`${execute}: ${answer.error.desc}`);
    return answer.return;
  };
  await next();
  await ask('qmp_capabilities');
  return { ask, close: () => void connection.destroy() };
}
