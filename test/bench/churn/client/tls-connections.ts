import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';
import type { ClientPart } from './part.ts';

const REQUEST = 'GET / HTTP/1.1\r\nHost: www.example.org\r\n\r\n';
const PAUSE_MS = 100;

/**
 * Keeps TLS connections that are idle after one answer. A closed connection is opened again, as a client does that keeps
 * connections. Returns when all are open.
 */
export async function keepTlsConnections(
  target: { readonly host: string; readonly port: number; readonly servername: string },
  count: number,
): Promise<ClientPart> {
  const counts = { tlsConnections: 0, tlsClosed: 0, tlsRefused: 0 };
  let isOver = false;
  const open = async (): Promise<void> => {
    const socket = connect({ ...target, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    socket.write(REQUEST);
    await once(socket, 'data');
    counts.tlsConnections += 1;
    socket.resume();
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      if (isOver) return;
      counts.tlsClosed += 1;
      void openAgain();
    });
  };
  const openAgain = async (): Promise<void> => {
    while (!isOver) {
      try {
        return await open();
      } catch {
        counts.tlsRefused += 1;
        await delay(PAUSE_MS);
      }
    }
  };
  await Promise.all(Array.from({ length: count }, open));
  return {
    counts: () => counts,
    async finish() {
      isOver = true;
    },
  };
}
