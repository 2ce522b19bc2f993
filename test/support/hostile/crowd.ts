import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { AmphoraLab, LabAmphora } from '../amphora/amphora-lab.ts';

/** Clients that hold connections open. */
export interface Crowd {
  /** Opens connections on which the client never sends anything. */
  silent(count: number): Promise<Socket[]>;
  /** Opens connections of the controller that are kept after one request. */
  idle(count: number): Promise<TLSSocket[]>;
  /** Opens one TLS connection with these options instead of the controller's; the agent may refuse it later. */
  secure(options?: ConnectionOptions): Promise<TLSSocket>;
}

const AT_ONCE = 50;

export async function createCrowd(world: AmphoraLab, amphora: LabAmphora): Promise<Crowd> {
  const client = await readFile(world.pki.client);
  const ca = await readFile(world.pki.serverAuthority.certificate);
  const { address: host, port, id: servername } = amphora;
  const base = { host, port, servername, ca, cert: client, key: client };
  let session: Buffer | undefined;
  const secure = async (options: ConnectionOptions = {}): Promise<TLSSocket> => {
    const socket = connect({ ...base, ...options });
    socket.on('session', (newest) => {
      session = newest;
    });
    await once(socket, 'secureConnect');
    return socket.on('error', () => undefined).resume();
  };
  return {
    silent: (count) =>
      inTurns(count, async () => {
        const socket = connectTcp(port, host);
        await once(socket, 'connect');
        return socket.on('error', () => undefined).resume();
      }),
    idle: (count) =>
      inTurns(count, async () => {
        const socket = await secure(session === undefined ? {} : { session });
        socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
        await once(socket, 'data');
        return socket;
      }),
    secure,
  };
}

/** Opens a few connections at a time, so that the kernel's queue of connections holds them. */
async function inTurns<Made>(count: number, make: () => Promise<Made>): Promise<Made[]> {
  const made: Made[] = [];
  while (made.length < count) {
    const size = Math.min(AT_ONCE, count - made.length);
    made.push(...(await Promise.all(Array.from({ length: size }, make))));
  }
  return made;
}
