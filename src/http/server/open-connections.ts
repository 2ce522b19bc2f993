import type { Server } from 'node:https';
import type { Socket } from 'node:net';

/** The connections that a server has open. */
export interface OpenConnections {
  /** Ends each of them, once no request is under way on it, so that its client has to prove itself again. */
  retire(): void;
}

/** What strangers can make the agent hold; its memory is a part of an amphora's 1 GiB. */
const MOST_HANDSHAKES = 256;
/** A controller's workers have one each. */
const MOST_CONNECTIONS = 1024;
/** On one connection at a time. Controllers wait for each answer; a client that doesn't could ask for 1000 in a packet. */
const MOST_REQUESTS = 8;

/**
 * Keeps a server's connections within bounds. What is too many ends the one that has waited longest, never one that is
 * served: whoever comes next is let in, however many hold connections for nothing.
 */
export function openConnectionsOf(server: Server): OpenConnections {
  const unfinished = boundHandshakes(server);
  const open = new Set<Socket>();
  /** without a request under way, the one that waits longest first */
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
    // before it is closed, which takes a while: the next one too many has to end another
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

/** @returns those under way by peer (the sockets under TLS and above it are two objects), the oldest first */
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
