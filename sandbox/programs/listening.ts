import { connect, type Server, type Socket } from 'node:net';

const CONNECT_MS = 1000;

/** Returns whether a process accepts TCP connections at an address. */
export function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (result: boolean): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(CONNECT_MS, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

/** Forwards every connection of a listening server to another address. */
export function forwardConnections(
  server: Server,
  target: { readonly host: string; readonly port: number },
): void {
  server.on('connection', (near: Socket) => {
    const far = connect(target);
    const close = (): void => {
      near.destroy();
      far.destroy();
    };
    for (const side of [near, far]) {
      side.once('error', close);
      side.once('close', close);
    }
    near.pipe(far).pipe(near);
  });
}
