import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';

/** The longest times of a request in milliseconds, from its first byte. Those of the first request count from the handshake. */
export interface RequestTimes {
  /** until the end of the headers */
  readonly headersMs: number;
  /** until the end of the body; 0: no limit */
  readonly requestMs: number;
}

/** How late, as a part of the time for the headers, a slow client may be cut off. Each check wakes the processor. */
const CHECKS_IN_HEADERS_TIME = 4;

/** What is known of an open connection. */
interface Connection {
  /** the moment since when a request arrives; undefined between two requests */
  since: number | undefined;
  /** the bytes that had arrived at the end of the last request */
  bytes: number;
  /** the request whose headers have arrived last; undefined between two requests, and while headers arrive */
  request: IncomingMessage | undefined;
  /** whether the client got the answer that it is too slow */
  isCutOff: boolean;
}

/**
 * Cuts off clients whose requests arrive too slowly: the server emits `clientError` with the code ERR_HTTP_REQUEST_TIMEOUT, as Node's
 * own check does. Node's check wakes the processor all the time. This one runs only while a connection is open. It misses only a
 * client that sends the beginning of a request before it has the answer to the one before, and then nothing more.
 */
export function limitRequestTimes(server: Server, times: RequestTimes): void {
  const connections = new Map<Socket, Connection>();
  const intervalMs = times.headersMs / CHECKS_IN_HEADERS_TIME;
  let timer: NodeJS.Timeout | undefined;
  const check = (): void => {
    const now = performance.now();
    for (const [socket, connection] of connections) {
      notePart(socket, connection, now);
      if (connection.isCutOff) socket.destroy();
      // a timer fires a little early or late: half an interval is added, so that nobody gets a whole one more
      else if (isTooSlow(connection, now + intervalMs / 2, times)) {
        connection.isCutOff = true;
        server.emit('clientError', timeoutError(), socket);
      }
    }
  };
  server.on('secureConnection', (socket) => {
    connections.set(socket, { since: performance.now(), bytes: 0, request: undefined, isCutOff: false });
    timer ??= setInterval(check, intervalMs).unref();
    socket.once('close', () => {
      connections.delete(socket);
      if (connections.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    });
  });
  const onHeaders = (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request;
    const connection = connections.get(socket);
    if (connection === undefined) return;
    connection.since ??= performance.now();
    connection.request = request;
    response.once('close', () => {
      if (connection.request === request && request.complete) endRequest(socket, connection);
    });
  };
  server.on('request', onHeaders);
  server.on('checkExpectation', onHeaders);
}

/** Notes the end of a request, or the beginning of one whose headers have not arrived. */
function notePart(socket: Socket, connection: Connection, now: number): void {
  if (connection.request?.complete === true) endRequest(socket, connection);
  if (socket.bytesRead !== connection.bytes) connection.since ??= now;
}

function endRequest(socket: Socket, connection: Connection): void {
  connection.since = undefined;
  connection.request = undefined;
  connection.bytes = socket.bytesRead;
}

function isTooSlow(
  { since, request }: Connection,
  now: number,
  { headersMs, requestMs }: RequestTimes,
): boolean {
  if (since === undefined) return false;
  const limitMs = request === undefined ? headersMs : requestMs;
  return limitMs > 0 && now - since >= limitMs;
}

const timeoutError = (): Error =>
  Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
