import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';

/** One request on a connection of its own. @returns the body; undefined where no answer with status 200 came */
export function fetchVip(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const sent = request({ host: address, agent: new Agent(), timeout: 2000 }, async (response) => {
      const chunks = await response.setEncoding('utf8').toArray();
      resolve(response.statusCode === 200 ? chunks.join('') : undefined);
    });
    sent.once('timeout', () => sent.destroy(new Error('no answer')));
    sent.once('error', () => resolve(undefined));
    sent.end();
  });
}

/** A TCP connection through the VIP that is kept. */
export interface VipConnection {
  /** One more request on the very same connection. @throws Error when it has ended */
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
