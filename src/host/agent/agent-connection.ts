import {
  type ClientRequest,
  type IncomingMessage,
  Agent as PlainAgent,
  request as plainRequest,
  type RequestOptions,
} from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { PeerCertificate } from 'node:tls';
import { AgentUnreachable, connectionFault } from './agent-errors.ts';
import { type AgentTarget, type RemoteTarget, targetName, wrongName } from './agent-target.ts';

export interface AgentRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** path and query */
  readonly path: string;
  /** the longest time without a byte, in milliseconds */
  readonly limitMs: number;
  /** the time until the end of the answer, in milliseconds; default: no limit but limitMs */
  readonly deadlineMs?: number;
  /** the longest answer that request() keeps in memory, in bytes; default: MOST_BYTES */
  readonly mostBytes?: number;
  /** default: none */
  readonly body?: RequestBody;
}

/** The body of a request. It is sent in parts, until the agent answers. */
export interface RequestBody {
  /** its exact size */
  readonly bytes: number;
  readonly type: string;
  /** opens the body at its beginning; called once for each connection on which it is sent */
  open(): Readable;
}

/** An answer whose body has not been read yet. The caller reads or destroys it. */
export interface OpenedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readable;
}

/** A whole answer. */
export interface AgentAnswer {
  readonly status: number;
  readonly headers: OpenedAnswer['headers'];
  readonly body: string;
}

/** A connection to one agent. Requests go one after the other over one kept connection. */
export interface AgentConnection {
  /** the agent, for messages */
  readonly name: string;
  /** @throws AgentUnreachable without a whole HTTP answer */
  request(request: AgentRequest): Promise<AgentAnswer>;
  /** Resolves with the head of the answer. @throws AgentUnreachable without one */
  open(request: AgentRequest): Promise<OpenedAnswer>;
  close(): void;
}

/** The time until a connection is established, TLS included. */
const CONNECT_MS = 5_000;
/** The longest answer that is kept in memory. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Creates a connection. It connects with the first request, and again when the agent has closed the connection. */
export function createAgentConnection(target: AgentTarget): AgentConnection {
  const name = targetName(target);
  const { options, send, agent } = target.kind === 'local' ? localPeer(target.socket) : remotePeer(target);
  const open = (request: AgentRequest): Promise<OpenedAnswer> => {
    const { method, path, limitMs, body } = request;
    const headers = body && { 'content-length': body.bytes, 'content-type': body.type };
    const asked = { ...options, agent, method, path, timeout: limitMs, ...(headers && { headers }) };
    return exchange(name, () => send(asked), request);
  };
  return {
    name,
    open,
    async request(request) {
      const { status, headers, body } = await open(request);
      return { status, headers, body: await textOf(name, body, request.mostBytes ?? MOST_BYTES) };
    },
    close: () => agent.destroy(),
  };
}

type Peer = {
  readonly options: RequestOptions;
  readonly agent: PlainAgent;
  readonly send: (options: RequestOptions) => ReturnType<typeof plainRequest>;
};

const localPeer = (socketPath: string): Peer => ({
  options: { socketPath },
  agent: new PlainAgent({ keepAlive: true, maxSockets: 1 }),
  send: plainRequest,
});

function remotePeer({ host, port, amphora, secureContext }: RemoteTarget): Peer {
  const checkServerIdentity = (_host: string, certificate: PeerCertificate): Error | undefined => {
    const wrong = wrongName(namesOf(certificate), amphora);
    return wrong === undefined ? undefined : new Error(wrong);
  };
  const tls = { secureContext, checkServerIdentity, servername: amphora ?? '' };
  return {
    options: { host, port },
    agent: new TlsAgent({ keepAlive: true, maxSockets: 1, ...tls }),
    send: tlsRequest,
  };
}

const namesOf = ({ subject, subjectaltname }: PeerCertificate): string[] => [
  ...[subject?.CN ?? []].flat(),
  ...(subjectaltname ?? '').split(', ').map((name) => name.replace(/^DNS:/, '')),
];

/** @param begin starts the request; a GET is started again if the agent closed the kept connection at that moment */
function exchange(
  name: string,
  begin: () => ReturnType<typeof plainRequest>,
  request: AgentRequest,
): Promise<OpenedAnswer> {
  const { method, limitMs, deadlineMs, body } = request;
  return new Promise((resolve, reject) => {
    const sent = begin();
    const connecting = setTimeout(
      () => sent.destroy(new Error(`no connection within ${CONNECT_MS / 1000} s`)),
      CONNECT_MS,
    );
    sent.once('socket', (socket) => {
      if (sent.reusedSocket) clearTimeout(connecting);
      else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => clearTimeout(connecting));
    });
    sent.once('timeout', () => sent.destroy(new Error(`no data for ${limitMs / 1000} s`)));
    sent.once('error', (error) => {
      clearTimeout(connecting);
      const isStale = sent.reusedSocket && 'code' in error && error.code === 'ECONNRESET';
      if (isStale && method === 'GET') {
        exchange(name, begin, request).then(resolve, reject);
      } else reject(new AgentUnreachable(name, connectionFault(error), { cause: error }));
    });
    sent.once('response', (response: IncomingMessage) => {
      clearTimeout(connecting);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: response });
    });
    if (deadlineMs !== undefined) limit(sent, deadlineMs);
    if (body === undefined) sent.end();
    else sendBody(sent, body);
  });
}

function limit(sent: ClientRequest, deadlineMs: number): void {
  let waitedFor: ClientRequest | IncomingMessage = sent;
  sent.once('response', (response: IncomingMessage) => {
    waitedFor = response;
  });
  const timer = setTimeout(
    () => waitedFor.destroy(new Error(`no whole answer within ${deadlineMs / 1000} s`)),
    deadlineMs,
  );
  sent.once('close', () => clearTimeout(timer));
}

/**
 * Sends a body until its end, or until an answer comes: an agent may refuse a body that it has not read, and close the
 * connection. A write to a closed connection fails, and Node then drops what it has not read. So each part is one write, and
 * Node reads between two of them: the answer comes first.
 */
function sendBody(sent: ClientRequest, body: RequestBody): void {
  const source = body.open();
  let isAnswered = false;
  sent.once('close', () => source.destroy());
  sent.once('response', (response: IncomingMessage) => {
    isAnswered = true;
    if (sent.writableEnded) return;
    // the agent waits for the rest of the body, so no other request can follow on this connection
    response.once('close', () => sent.destroy());
  });
  writeParts(sent, source, () => isAnswered || sent.destroyed).catch((error: unknown) =>
    sent.destroy(error instanceof Error ? error : new Error(String(error))),
  );
}

/** The longest record of TLS (RFC 8446, section 5.1), which is one write. */
const PART_BYTES = 16 * 1024;

async function writeParts(sent: ClientRequest, source: Readable, isOver: () => boolean): Promise<void> {
  for await (const whole of source) {
    const chunk = Buffer.from(whole);
    for (let start = 0; start < chunk.length; start += PART_BYTES) {
      if (isOver()) return;
      const hasRoom = sent.write(chunk.subarray(start, start + PART_BYTES));
      if (!hasRoom) await Promise.race([event(sent, 'drain'), event(sent, 'response'), event(sent, 'close')]);
      await setImmediate();
    }
  }
  if (!isOver()) sent.end();
}

const event = (sent: ClientRequest, name: string): Promise<void> =>
  new Promise((resolve) => {
    sent.once(name, () => resolve());
  });

async function textOf(name: string, body: Readable, mostBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of body) {
      const chunk = Buffer.from(part);
      bytes += chunk.length;
      if (bytes > mostBytes) throw new Error(`the answer is longer than ${mostBytes} bytes`);
      parts.push(chunk);
    }
  } catch (error) {
    throw new AgentUnreachable(name, `the answer was cut off: ${connectionFault(error)}`, { cause: error });
  }
  return Buffer.concat(parts).toString('utf8');
}
