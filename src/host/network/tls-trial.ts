import { spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import { AMPHORA_NAMESPACE } from '../../domain/paths.ts';
import { hasStreams } from '../child-streams.ts';
import type { TcpAddress } from './address-trial.ts';

/** Finds out which certificate clients get inside the namespace amphora-haproxy. */
export interface TlsTrial {
  /**
   * Begins a TLS connection and ends it after the handshake. It verifies nothing and has no certificate of its own.
   * @param serverName the name that a client sends; undefined for none
   * @returns SHA-1 of the server's certificate in upper-case hexadecimal digits; undefined when no certificate arrived
   */
  servedFingerprint(target: TcpAddress, serverName: string | undefined): Promise<string | undefined>;
}

const TIMEOUT_MS = 5_000;
/** Listeners may have old versions only, and small keys: the trial is about the certificate. */
const ANY_VERSION = { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;

/**
 * A process can't change its namespace once it has threads. So a small program connects inside the namespace and copies
 * bytes, and the agent speaks TLS over it.
 * @param program Perl text, see templates/programs/tcp-relay.pl.njk
 */
export const createTlsTrial = (program: () => string): TlsTrial => ({
  servedFingerprint({ address, port }, serverName) {
    const argv = ['netns', 'exec', AMPHORA_NAMESPACE, 'perl', '-e', program(), address, `${port}`];
    const relay = spawn('ip', argv, { stdio: ['pipe', 'pipe', 'ignore'] });
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const end = (): void => resolve(undefined);
    relay.on('error', end);
    if (!hasStreams(relay)) return promise;
    const link = Duplex.from({ writable: relay.stdin, readable: relay.stdout });
    for (const part of [relay.stdin, relay.stdout, link]) part.on('error', end);
    relay.once('close', end);
    const socket = connect({
      socket: link,
      rejectUnauthorized: false,
      ...ANY_VERSION,
      ...(serverName === undefined ? {} : { servername: serverName }),
    });
    const read = (): void => {
      const fingerprint = fingerprintOf(socket);
      if (fingerprint !== undefined) resolve(fingerprint);
    };
    // a server that wants a certificate of the client refuses the handshake after it has sent its own
    socket.on('keylog', read);
    socket.once('secureConnect', read);
    socket.on('error', end);
    const deadline = setTimeout(end, TIMEOUT_MS);
    return promise.finally(() => {
      clearTimeout(deadline);
      socket.destroy();
      link.destroy();
      relay.kill();
    });
  },
});

/** @returns undefined before the server's certificate has arrived */
function fingerprintOf(socket: TLSSocket): string | undefined {
  // the type of Node's library leaves out null and the empty object
  const { fingerprint }: { fingerprint?: string } = socket.getPeerCertificate() ?? {};
  return fingerprint?.replaceAll(':', '');
}
