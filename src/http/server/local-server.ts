import { createServer, type RequestListener, type Server } from 'node:http';
import type { Logger } from 'pino';
import type { Files } from '../../host/files.ts';

/** The server for commands on the amphora itself: the same requests over a Unix socket, without TLS. */
export interface LocalServer {
  /** Listens. A failure is logged, never thrown: the agent does its work without local commands. */
  listen(): Promise<void>;
  close(): Promise<void>;
}

const DIRECTORY_MODE = 0o700;
/** Only root connects, so nobody needs to be cut off soon. Each check wakes the processor. */
const CHECK_INTERVAL_MS = 600_000;

/**
 * Creates the server. The mode of the socket's directory lets only root connect.
 * @param directory holds nothing but the socket
 */
export function createLocalServer(
  handler: RequestListener,
  { directory, socket }: { readonly directory: string; readonly socket: string },
  files: Pick<Files, 'makeDirectory' | 'remove'>,
  logger: Logger,
): LocalServer {
  const server = createServer({ connectionsCheckingInterval: CHECK_INTERVAL_MS }, handler);
  server.on('error', (error) => logger.error({ err: error }, 'error of the socket for local commands'));
  return {
    async listen() {
      try {
        await files.makeDirectory(directory, DIRECTORY_MODE);
        // a killed agent left its socket; no other agent can run, because the port is taken
        await files.remove(socket);
        await bind(server, socket);
      } catch (error) {
        logger.error({ err: error, socket }, "can't listen for local commands");
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function bind(server: Server, socket: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
