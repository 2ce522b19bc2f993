import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A member in this process. It answers with its name at once, but requests for `/hold` only when the test wants it. */
export interface HeldMember {
  readonly name: string;
  readonly port: number;
  /** Returns the number of requests that wait for their answer. */
  held(): number;
  /** Answers all requests that wait. */
  release(): void;
  close(): Promise<void>;
}

export async function startHeldMember(name: string, host: string): Promise<HeldMember> {
  const held = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    if (request.url !== '/hold') {
      response.end(name);
      return;
    }
    held.add(response);
    response.once('close', () => held.delete(response));
  });
  server.listen(0, host);
  await once(server, 'listening');
  return {
    name,
    port: (server.address() as AddressInfo).port,
    held: () => held.size,
    release() {
      for (const response of held) response.end(name);
      held.clear();
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
