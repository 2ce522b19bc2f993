import type { Server } from 'node:https';
import type { Socket } from 'node:net';

/** The open connections of a server. */
export interface OpenConnections {
  /** Closes each connection when it has no request under way, so that its client must authenticate again. */
  retire(): void;
}

/** The most unfinished handshakes. It limits the memory that unauthenticated clients can use. */
const MOST_HANDSHAKES = 256;
/** The most connections with a finished handshake. Each worker of a controller has one. */
const MOST_CONNECTIONS = 1024;
/**
 * The most requests under way on one connection. Controllers wait for each answer. A client that doesn't wait could send
 * 1000 requests in a packet.
 */
const MOST_REQUESTS = 8;

/**
 * Limits the number of a server's connections. A connection above the limit closes the one that has been idle longest,
 * never one with a request under way. So a new client is served even if others hold idle connections.
 */
export function openConnectionsOf(server: Server): OpenConnections {
  const unfinished = boundHandshakes(server);
  const open = new Set<Socket>();
  /** connections without a request under way, the longest idle first */
  const waiting = new Set<Socket>();
  const underWay = new WeakMap<Socket, number>();
  let current = new WeakSet<Socket>();
  const forget = (socket: Socket): void => {
    for (const set of [open, waiting]) set.delete(socket);
  };
  server.on('secureConnection', (socket) => {
    for (const set of [open, waiting, current]) set.add(socket);
    socket.once('close', () => forget(socket));
    const [longest] = waiting;
    if (open.size <= MOST_CONNECTIONS || longest === undefined) return;
    // removed before it is closed, because closing takes time and the next connection must close another one
    forget(longest);
    longest.destroy();
  });
  server.on('request', ({ socket }, response) => {
    waiting.delete(socket);
    const count = (underWay.get(socket) ?? 0) + 1;
    underWay.set(socket, count);
    if (count > MOST_REQUESTS) socket.destroy();
    response.once('close', () => {
      const left = (underWay.get(socket) ?? 1) - 1;
      underWay.set(socket, left);
      if (!current.has(socket)) socket.end();
      else if (left === 0 && open.has(socket)) waiting.add(socket);
    });
  });
  return {
    retire() {
      current = new WeakSet();
      for (const socket of [...waiting, ...unfinished.values()]) socket.destroy();
    },
  };
}

/**
 * Limits the number of unfinished handshakes.
 * @returns the sockets of unfinished handshakes, the oldest first. The key is the peer, because the sockets below and above
 * TLS are two objects
 */
function boundHandshakes(server: Server): ReadonlyMap<string, Socket> {
  const unfinished = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    const peer = peerOf(socket);
    unfinished.set(peer, socket);
    socket.once('close', () => {
      if (unfinished.get(peer) === socket) unfinished.delete(peer);
    });
    const [oldest] = unfinished;
    if (unfinished.size <= MOST_HANDSHAKES || oldest === undefined) return;
    unfinished.delete(oldest[0]);
    oldest[1].destroy();
  });
  server.on('secureConnection', (socket) => unfinished.delete(peerOf(socket)));
  return unfinished;
}

const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
