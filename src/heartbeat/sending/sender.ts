import { createSocket, type Socket } from 'node:dgram';
import type { ResolvedAddress } from './resolver.ts';

/** A sender of single datagrams over IPv4 and IPv6. */
export interface DatagramSender {
  /**
   * Resolves when the kernel has accepted the datagram.
   * @throws the system's error (ENETUNREACH, EMSGSIZE, EAFNOSUPPORT, …), or an error if the kernel doesn't answer in 2 s
   */
  send(datagram: Uint8Array, to: ResolvedAddress, port: number): Promise<void>;
  close(): void;
}

const SEND_LIMIT_MS = 2000;

export function createDatagramSender(): DatagramSender {
  const sockets = new Map<ResolvedAddress['family'], Promise<Socket>>();

  const discard = (family: ResolvedAddress['family']): void => {
    const opened = sockets.get(family);
    sockets.delete(family);
    opened?.then(closeSocket, () => undefined);
  };
  const open = (family: ResolvedAddress['family']): Promise<Socket> => {
    const opened = sockets.get(family) ?? bindSocket(family, () => discard(family));
    sockets.set(family, opened);
    return opened;
  };

  return {
    async send(datagram, to, port) {
      try {
        await sendOnce(await open(to.family), datagram, to.address, port);
      } catch (error) {
        // uses a new socket next time, because the old one may still send its queued datagram late
        discard(to.family);
        throw error;
      }
    },
    close() {
      discard(4);
      discard(6);
    },
  };
}

/** Binds a socket. @param onError handles later errors of the socket; without it such an error would end the thread */
function bindSocket(family: ResolvedAddress['family'], onError: () => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      // only addresses are passed here, but without this function Node would look up the address to bind in DNS
      lookup: (address, _options, done) => done(null, address, family),
    });
    socket.on('error', (error) => {
      reject(error);
      onError();
    });
    socket.bind({ port: 0, address: family === 6 ? '::' : '0.0.0.0' }, () => resolve(socket));
  });
}

function sendOnce(socket: Socket, datagram: Uint8Array, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let limit: NodeJS.Timeout | undefined;
    let isDone = false;
    socket.send(datagram, port, address, (error) => {
      isDone = true;
      clearTimeout(limit);
      if (error) reject(error);
      else resolve();
    });
    // the kernel nearly always accepts a datagram at once: then the callback runs before this one, and no timer is needed
    process.nextTick(() => {
      if (isDone) return;
      limit = setTimeout(() => reject(new Error(`not sent within ${SEND_LIMIT_MS} ms`)), SEND_LIMIT_MS);
    });
  });
}

function closeSocket(socket: Socket): void {
  try {
    socket.close();
  } catch {
    // Node has already closed a socket that failed to bind, and throws if it is closed again
  }
}
