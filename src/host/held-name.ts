import { createServer } from 'node:net';

/**
 * Holds a name on this machine until the process ends, so that no other process does the same work. The name is an abstract
 * socket of Linux (unix(7)), which the kernel removes with the process. On other systems nothing is held.
 * @param name at most 100 bytes @returns a function that lets the name go; undefined when another process holds it
 */
export function holdName(name: string): Promise<(() => void) | undefined> {
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve) => {
    server.once('error', (error) => {
      const isHeld = 'code' in error && error.code === 'EADDRINUSE';
      resolve(isHeld ? undefined : () => undefined);
    });
    server.listen(`\0${name}`, () => {
      server.unref();
      resolve(() => void server.close());
    });
  });
}
