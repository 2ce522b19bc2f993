import type { Server } from 'node:https';
import type { Socket } from 'node:net';

/** The connections that a server has open. */
export interface OpenConnections {
  /** Ends each of them as soon as no request is under way on it, so that its client has to prove itself again. */
  retire(): void;
}

export function openConnectionsOf(server: Server): OpenConnections {
  let current = new WeakSet<Socket>();
  server.on('secureConnection', (socket) => current.add(socket));
  server.on('request', ({ socket }, response) => {
    response.once('finish', () => {
      if (!current.has(socket)) socket.end();
    });
  });
  return {
    retire() {
      current = new WeakSet();
      server.closeIdleConnections();
    },
  };
}
