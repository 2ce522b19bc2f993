import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { type SecureContextOptions, TLSSocket } from 'node:tls';

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

/** A request as a member received it. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly httpVersion: string;
  /** with TLS: the requested server name and the client certificate */
  readonly sni: string | false | null | undefined;
  readonly clientName: string | string[] | undefined;
  /** version and cipher */
  readonly tls: string | undefined;
}

/** A member of a pool, in this process. */
export interface Member {
  readonly name: string;
  readonly port: number;
  readonly requests: ReceivedRequest[];
  /** headers and status of every answer from now on */
  answerWith(answer: { readonly status?: number; readonly headers?: Record<string, string> }): void;
  close(): Promise<void>;
}

export interface MemberOptions {
  readonly name: string;
  readonly host?: string;
  readonly tls?: SecureContextOptions & { readonly requestCert?: boolean };
}

/** Starts a web server that answers everything with its name, over TLS with HTTP/2 too. */
export async function startMember({
  name,
  host = '127.0.0.1',
  tls: tlsOptions,
}: MemberOptions): Promise<Member> {
  const requests: ReceivedRequest[] = [];
  let answer: { readonly status?: number; readonly headers?: Record<string, string> } = {};
  const handle = (request: Request, response: Response): void => {
    const socket = 'stream' in request ? request.stream.session?.socket : request.socket;
    const { method = '', url: path = '', headers, httpVersion } = request;
    const overTls = socket instanceof TLSSocket ? socket : undefined;
    const clientName = overTls?.getPeerCertificate().subject?.CN;
    const sni = overTls?.servername;
    const tls = overTls && `${overTls.getProtocol()} ${overTls.getCipher().name}`;
    requests.push({ method, path, headers, httpVersion, sni, clientName, tls });
    response.statusCode = answer.status ?? 200;
    for (const [header, value] of Object.entries({ 'x-member': name, ...answer.headers }))
      response.setHeader(header, value);
    response.end(`${name}\n`);
  };
  const server =
    tlsOptions === undefined
      ? createServer(handle)
      : createSecureServer({ allowHTTP1: true, rejectUnauthorized: false, ...tlsOptions }, handle);
  const port = await listen(server, host);
  return {
    name,
    port,
    requests,
    answerWith: (next) => {
      answer = next;
    },
    close: () => closed(server),
  };
}

/** Starts a server for raw bytes: it keeps the first bytes of each connection, and answers with its name as HTTP. */
export async function startRawMember(
  name: string,
): Promise<{ readonly port: number; readonly received: Buffer[]; close(): Promise<void> }> {
  const received: Buffer[] = [];
  const server = createTcpServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      received.push(bytes);
      socket.end(`HTTP/1.0 200 OK\r\nx-member: ${name}\r\n\r\n${name}\n`);
    });
  });
  return { port: await listen(server, '127.0.0.1'), received, close: () => closed(server) };
}

async function listen(server: Server, host: string): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  open.set(server, sockets);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

const open = new WeakMap<Server, Set<Socket>>();

async function closed(server: Server): Promise<void> {
  const ended = new Promise((resolve) => server.close(resolve));
  for (const socket of open.get(server) ?? []) socket.destroy();
  await ended;
}
