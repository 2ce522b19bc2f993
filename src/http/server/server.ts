import { constants } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { SecureContextOptions } from 'node:tls';
import type { Logger } from 'pino';
import { openConnectionsOf } from './open-connections.ts';

/** What the server needs of TLS; PEM texts. */
export interface TlsMaterial {
  readonly key: string;
  readonly chain: string;
  /** authorities that may sign client certificates; without them no client certificate is asked for (development only) */
  readonly clientAuthorities: string | undefined;
  /** lists of revoked client certificates, one for each authority; undefined where none are asked for */
  readonly revocations: readonly string[] | undefined;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  /** OpenSSL's cipher list; undefined for Node's own */
  readonly ciphers: string | undefined;
}

/** What OpenSSL has to accept of it. */
export function secureContextOptions(tls: TlsMaterial): SecureContextOptions {
  return {
    key: tls.key,
    cert: tls.chain,
    minVersion: tls.minVersion,
    ...(tls.ciphers === undefined ? {} : { ciphers: tls.ciphers }),
    ...(tls.clientAuthorities === undefined ? {} : { ca: tls.clientAuthorities }),
    ...(tls.revocations === undefined ? {} : { crl: [...tls.revocations] }),
    // asked for by a client, it costs the agent much and the client little
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  };
}

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  /** seconds for a whole request to arrive; 0 for no limit */
  readonly requestReadTimeout: number;
}

/** The HTTPS server of the agent (contract section 2). */
export interface ApiServer {
  /** Binds; rejects where the address can't be had. */
  listen(): Promise<{ port: number }>;
  /**
   * New connections are served with this from now on; open ones go on with what they began with, but end after the
   * request under way where there are other revocations.
   */
  useTls(tls: TlsMaterial): void;
  /** Takes no new connections, lets requests under way finish for at most this long (ms), then cuts what is left. */
  close(graceMs: number): Promise<void>;
}

const HANDSHAKE_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 20_000;
/** The controller keeps one session: long enough that its connection isn't closed under it between two requests. */
const KEEP_ALIVE_TIMEOUT_MS = 300_000;
const CHECK_INTERVAL_MS = 2_000;
const CLOSE_IDLE_INTERVAL_MS = 50;
const MAX_HEADER_BYTES = 16 * 1024;
export function createApiServer(
  handler: RequestListener,
  tls: TlsMaterial,
  options: ServerOptions,
  logger: Logger,
): ApiServer {
  const requestTimeout = options.requestReadTimeout * 1000;
  const server = createServer(
    {
      ...secureContextOptions(tls),
      requestCert: tls.clientAuthorities !== undefined,
      rejectUnauthorized: tls.clientAuthorities !== undefined,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeout || HEADERS_TIMEOUT_MS),
      requestTimeout,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      requireHostHeader: false,
    },
    handler,
  );
  const connections = openConnectionsOf(server);
  let { revocations } = tls;
  answerBrokenRequests(server, logger);
  server.on('error', (error) => logger.error({ err: error }, 'server error'));
  return {
    listen: () => listen(server, options),
    // with ticket keys of its own, so that no session outlives the authority that its client was checked by
    useTls(next) {
      server.setSecureContext(secureContextOptions(next));
      if (next.revocations !== revocations) connections.retire();
      revocations = next.revocations;
    },
    close: (graceMs) => close(server, graceMs),
  };
}

function answerBrokenRequests(server: Server, logger: Logger): void {
  server.on('tlsClientError', (error, socket) => {
    logger.debug({ peer: socket.remoteAddress, reason: error.message }, 'TLS handshake refused');
  });
  server.on('clientError', (error: Error & { code?: string }, socket) => {
    // before the handshake has ended, nothing can be said, and only destroy() closes the connection
    if (!socket.writable || error.code === 'ECONNRESET' || error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT') {
      socket.destroy();
      return;
    }
    const isLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
    socket.end(rawReply(isLate ? '408 Request Timeout' : '400 Bad Request'));
  });
  server.on('checkExpectation', (_request, response) => {
    const body = errorBody('417 Expectation Failed');
    const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
    response.writeHead(417, headers).end(body);
  });
  server.on('connect', (_request, socket) => socket.end(rawReply('405 Method Not Allowed')));
}

const errorBody = (status: string): string =>
  JSON.stringify({ error: status, http_code: Number(status.slice(0, 3)) });

/** An answer for a connection that has no HTTP response of its own. */
function rawReply(status: string): string {
  const body = errorBody(status);
  const headers = ['Content-Type: application/json', `Content-Length: ${body.length}`, 'Connection: close'];
  return [`HTTP/1.1 ${status}`, ...headers, '', body].join('\r\n');
}

async function listen(server: Server, { host, port }: ServerOptions): Promise<{ port: number }> {
  try {
    await bind(server, host, port);
  } catch (error) {
    if (host !== '::' || !isWithoutIpv6(error)) throw error;
    await bind(server, '0.0.0.0', port);
  }
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : port };
}

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, ipv6Only: false }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function isWithoutIpv6(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'EAFNOSUPPORT' || error.code === 'EADDRNOTAVAIL')
  );
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const idle = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_INTERVAL_MS);
  await Promise.race([closed, delay(graceMs, undefined, { ref: false })]);
  clearInterval(idle);
  server.closeAllConnections();
}
