import { constants } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { SecureContextOptions } from 'node:tls';
import type { Logger } from 'pino';
import { openConnectionsOf } from './open-connections.ts';
import { limitRequestTimes } from './slow-clients.ts';

/** The TLS settings of the server; certificates and keys as PEM texts. */
export interface TlsMaterial {
  readonly key: string;
  readonly chain: string;
  /** authorities that may sign client certificates; undefined: no client certificate is required (development only) */
  readonly clientAuthorities: string | undefined;
  /** authorities that may sign certificates of clients for monitoring; undefined: there are no such clients */
  readonly monitorAuthorities: string | undefined;
  /** lists of revoked client certificates, one for each authority; undefined: revocation is not checked */
  readonly revocations: readonly string[] | undefined;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  /** OpenSSL's cipher list; undefined: that of Node */
  readonly ciphers: string | undefined;
}

/** Returns the options from which OpenSSL makes its context. */
export function secureContextOptions(tls: TlsMaterial): SecureContextOptions {
  return {
    key: tls.key,
    cert: tls.chain,
    minVersion: tls.minVersion,
    ...(tls.ciphers === undefined ? {} : { ciphers: tls.ciphers }),
    ...(tls.clientAuthorities === undefined
      ? {}
      : { ca: `${tls.clientAuthorities}${tls.monitorAuthorities ?? ''}` }),
    ...(tls.revocations === undefined ? {} : { crl: [...tls.revocations] }),
    secureOptions: secureOptions(tls),
  };
}

function secureOptions({ monitorAuthorities }: TlsMaterial): number {
  // a renegotiation costs the agent much CPU and the client little
  const always = constants.SSL_OP_NO_RENEGOTIATION;
  // a resumed session lacks the chain of the client, which decides between the authorities
  return monitorAuthorities === undefined ? always : always | constants.SSL_OP_NO_TICKET;
}

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  /** seconds within which a whole request must arrive; 0: no limit */
  readonly requestReadTimeout: number;
}

/** The HTTPS server of the agent (docs/contract.md, section 2). */
export interface ApiServer {
  /** Binds the address; rejects if that fails. */
  listen(): Promise<{ port: number }>;
  /**
   * Uses these settings for new connections. Open connections keep their old settings. If the revocations changed, open
   * connections end after the request under way.
   */
  useTls(tls: TlsMaterial): void;
  /** Accepts no more connections, waits at most `graceMs` for the requests under way, then closes all connections. */
  close(graceMs: number): Promise<void>;
}

const HANDSHAKE_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 20_000;
/** The longest idle time. The controller keeps its connection, which must not close between two requests. */
const KEEP_ALIVE_TIMEOUT_MS = 300_000;
const CLOSE_IDLE_INTERVAL_MS = 50;
const MAX_HEADER_BYTES = 16 * 1024;
export function createApiServer(
  handler: RequestListener,
  tls: TlsMaterial,
  options: ServerOptions,
  logger: Logger,
): ApiServer {
  const requestTimeout = options.requestReadTimeout * 1000;
  const headersTimeout = Math.min(HEADERS_TIMEOUT_MS, requestTimeout || HEADERS_TIMEOUT_MS);
  const server = createServer(
    {
      ...secureContextOptions(tls),
      requestCert: tls.clientAuthorities !== undefined,
      rejectUnauthorized: tls.clientAuthorities !== undefined,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      headersTimeout,
      requestTimeout,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      // Node checks all the time, also without connections: limitRequestTimes() is there sooner
      connectionsCheckingInterval: KEEP_ALIVE_TIMEOUT_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      requireHostHeader: false,
    },
    handler,
  );
  const connections = openConnectionsOf(server);
  limitRequestTimes(server, { headersMs: headersTimeout, requestMs: requestTimeout });
  let { revocations } = tls;
  answerBrokenRequests(server, logger);
  server.on('error', (error) => logger.error({ err: error }, 'server error'));
  return {
    listen: () => listen(server, options),
    // new settings bring new ticket keys, so that no session resumes after its client's authority was removed
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
    // before the end of the handshake no answer can be sent, and only destroy() closes the connection
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

/** Returns an answer as raw text, for a connection without a response object of Node. */
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
