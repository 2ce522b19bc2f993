import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { AmphoraLab, LabAmphora } from '../amphora/amphora-lab.ts';

/** A TLS connection to an agent for hand-written HTTP. */
export interface TlsClient {
  /** SHA-256 of the agent's certificate, in the form of X509Certificate */
  readonly fingerprint: string;
  readonly isResumed: boolean;
  /** Requests a path, `/` by default, on this connection. @returns the status @throws Error if the agent ends the connection instead */
  ask(target?: string): Promise<number>;
  /** the newest session that the agent issued, for resumption */
  session(): Buffer | undefined;
  close(): void;
}

/** @param options that replace the controller's own: `cert` and `key`, `session`, `maxVersion` */
export async function connectTls(
  world: AmphoraLab,
  amphora: LabAmphora,
  options: ConnectionOptions = {},
): Promise<TlsClient> {
  const client = await readFile(world.pki.client);
  const ca = await readFile(world.pki.serverAuthority.certificate);
  const { address: host, port, id: servername } = amphora;
  const socket = connect({ host, port, servername, ca, cert: client, key: client, ...options });
  let session: Buffer | undefined;
  socket.on('session', (newest) => {
    session = newest;
  });
  // later errors are reported by ask()
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return {
    fingerprint: socket.getPeerCertificate().fingerprint256,
    isResumed: socket.isSessionReused(),
    ask: (target = '/') => ask(socket, target),
    session: () => session,
    close: () => socket.destroy(),
  };
}

function ask(socket: TLSSocket, target: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const onData = (answer: Buffer): void => {
      socket.off('close', onClose);
      resolve(Number(answer.toString().split(' ')[1]));
    };
    const onClose = (): void => reject(new Error('the agent ended the connection'));
    if (socket.destroyed) return onClose();
    socket.once('data', onData);
    socket.once('close', onClose);
    socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
  });
}
