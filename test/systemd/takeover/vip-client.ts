import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';

/** Sends one request on a connection of its own. @returns the body, or undefined without an answer of status 200 */
export function fetchVip(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const sent = request({ host: address, agent: new Agent(), timeout: 20_000 }, async (response) => {
      const chunks = await response.setEncoding('utf8').toArray();
      resolve(response.statusCode === 200 ? chunks.join('') : undefined);
    });
    sent.once('timeout', () => sent.destroy(new Error('no answer')));
    sent.once('error', () => resolve(undefined));
    sent.end();
  });
}

/** A TCP connection through the VIP that stays open. */
export interface VipConnection {
  /** Sends one more request on the same connection. @throws Error if the connection has ended */
  ask(): Promise<void>;
  close(): void;
}

export async function openVipConnection(address: string): Promise<VipConnection> {
  const socket = connect(80, address);
  await once(socket, 'connect');
  return {
    async ask() {
      socket.write(`GET / HTTP/1.1\r\nHost: ${address}\r\n\r\n`);
      const [answer] = await Promise.race([
        once(socket, 'data'),
        once(socket, 'close').then(() => ['closed']),
      ]);
      if (!String(answer).startsWith('HTTP/1.1 200')) throw new Error(`no answer but ${answer}`);
    },
    close: () => socket.destroy(),
  };
}
