import { once } from 'node:events';
import { createConnection } from 'node:net';
import type { ClientPart } from './part.ts';

const AT_ONCE = 50;
const UPGRADE = [
  'GET /socket HTTP/1.1',
  'Host: www.example.org',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '\r\n',
].join('\r\n');

/** Opens websockets on which nothing is ever sent. Returns when all are open. @throws Error if one can't be opened */
export async function openWebsockets(host: string, count: number): Promise<ClientPart> {
  const counts = { websockets: 0, websocketsClosed: 0 };
  let isOver = false;
  const open = async (): Promise<void> => {
    const socket = createConnection({ host, port: 80 });
    await once(socket, 'connect');
    socket.write(UPGRADE);
    const [answer] = await once(socket, 'data');
    if (!`${answer}`.startsWith('HTTP/1.1 101 ')) throw new Error(`no websocket: ${answer}`);
    counts.websockets += 1;
    socket.resume();
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      if (!isOver) counts.websocketsClosed += 1;
    });
  };
  for (let left = count; left > 0; left -= AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(left, AT_ONCE) }, open));
  return {
    counts: () => counts,
    async finish() {
      isOver = true;
    },
  };
}
