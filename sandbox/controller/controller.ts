import { readFile } from 'node:fs/promises';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { text } from 'node:stream/consumers';
import type { Pki } from './pki.ts';

export interface ControllerRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** value that is sent as JSON */
  readonly json?: unknown;
  /** path of a file whose content is sent */
  readonly file?: string;
  /** headers besides those of the body */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ControllerAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A client of an agent. Like Octavia's driver, it uses mutual TLS and keeps one connection. */
export interface Controller {
  /** Sends a request. @throws Error if no HTTP answer arrives within 60 s, the limit of Octavia's controllers */
  request(request: ControllerRequest): Promise<ControllerAnswer>;
  close(): void;
}

const ANSWER_MS = 60_000;

/** Creates a controller. @param target `serverName`: name that the server's certificate must have (the amphora's id) */
export async function createController(
  target: { readonly host: string; readonly port: number; readonly serverName: string },
  pki: Pki,
): Promise<Controller> {
  const [ca, client] = await Promise.all([readFile(pki.serverAuthority.certificate), readFile(pki.client)]);
  const { host, port, serverName: servername } = target;
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca, cert: client, key: client });
  return {
    async request(request) {
      const body = request.file === undefined ? jsonBody(request.json) : await readFile(request.file);
      const headers = {
        ...(request.json === undefined ? {} : { 'content-type': 'application/json' }),
        ...(body === undefined ? {} : { 'content-length': body.length }),
        ...request.headers,
      };
      const { method, path } = request;
      return send({ agent, host, port, servername, method, path, headers, timeout: ANSWER_MS }, body);
    },
    close: () => agent.destroy(),
  };
}

const jsonBody = (value: unknown): Buffer | undefined =>
  value === undefined ? undefined : Buffer.from(JSON.stringify(value));

function send(options: RequestOptions, body: Buffer | undefined): Promise<ControllerAnswer> {
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(options, (response) => {
      text(response).then(
        (answer) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: answer }),
        reject,
      );
    });
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${ANSWER_MS} ms`)));
    sent.once('error', (error) => {
      // the server closed the kept connection at the moment when this request used it again
      if (sent.reusedSocket && 'code' in error && error.code === 'ECONNRESET') resolve(send(options, body));
      else reject(error);
    });
    sent.end(body);
  });
}

/** Returns the curl line that sends the same request from a shell. @param base `https://host:port` */
export function curlLine(request: ControllerRequest, base: string, pki: Pki): string {
  const words = [
    ...['curl', '--cacert', pki.serverAuthority.certificate, '--cert', pki.client],
    ...(request.method === 'HEAD' ? ['--head'] : []),
    ...(request.json === undefined
      ? []
      : ['-H', 'Content-Type: application/json', '--data', JSON.stringify(request.json)]),
    ...(request.file === undefined ? [] : ['--data-binary', `@${request.file}`]),
    ...Object.entries(request.headers ?? {}).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
    ...(needsMethod(request) ? ['-X', request.method] : []),
    `${base}${request.path}`,
  ];
  return words.map(shellWord).join(' ');
}

/** Returns whether curl needs `-X`. By default curl sends GET without a body and POST with one. */
function needsMethod(request: ControllerRequest): boolean {
  const hasBody = request.json !== undefined || request.file !== undefined;
  if (request.method === 'HEAD') return false;
  return request.method !== (hasBody ? 'POST' : 'GET');
}

/** Quotes a word for a POSIX shell. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
