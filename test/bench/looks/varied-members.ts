import { once } from 'node:events';
import { rename } from 'node:fs/promises';
import path from 'node:path';
import type { Contestant } from '../compare/contestants.ts';
import { startOwnProcess } from '../load/loaded-amphora.ts';

const SERVER = path.join(import.meta.dirname, 'varied-server.ts');

/** Does work while each member of a load balancer has a health check and other numbers than all others, to the agent. */
export async function withVariedMembers<Result>(
  { amphora, balancer }: Contestant,
  work: () => Promise<Result>,
): Promise<Result> {
  const socket = amphora.box.file(`/var/lib/octavia/${balancer.id}.sock`);
  const real = `${socket}.real`;
  await rename(socket, real);
  const server = startOwnProcess(
    SERVER,
    [path.dirname(socket), path.basename(socket), path.basename(real)],
    0,
  );
  try {
    await once(server, 'message');
    return await work();
  } finally {
    server.disconnect();
    await rename(real, socket);
  }
}
