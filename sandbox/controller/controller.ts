import { readFile } from 'node:fs/promises';
import { Agent, type RequestOptions, request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { Pki } from './pki.ts';

export interface ControllerRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** sent as JSON */
  readonly json?: unknown;
  /** path of a file that is sent as it is */
  readonly file?: string;
  /** beside those that the body makes */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ControllerAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Speaks to an agent over mutual TLS on one connection that is kept, as Octavia's driver does. */
export interface Controller {
  /** @throws Error when there is no HTTP answer within the time (60 s, which is the controllers' own) */
  request(asked: ControllerRequest): Promise<ControllerAnswer>;
  close(): void;
}

const ANSWER_MS = 60_000;

/** @param serverName what the server's certificate must be called (the amphora's id) */
export async function createController(
  target: { readonly host: string; readonly port: number; readonly serverName: string },
  pki: Pki,
): Promise<Controller> {
  const [ca, client] = await Promise.all([readFile(pki.serverAuthority.certificate), readFile(pki.client)]);
  const { host, port, serverName: servername } = target;
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca, cert: client, key: client });
  return {
    async request(asked) {
      const body = asked.file === undefined ? jsonBody(asked.json) : await readFile(asked.file);
      const headers = {
        ...(asked.json === undefined ? {} : { 'content-type': 'application/json' }),
        ...(body === undefined ? {} : { 'content-length': body.length }),
        ...asked.headers,
      };
      const { method, path } = asked;
      return send({ agent, host, port, servername, method, path, headers, timeout: ANSWER_MS }, body);
    },
    close: () => agent.destroy(),
  };
}

const jsonBody = (value: unknown): Buffer | undefined =>
  value === undefined ? undefined : Buffer.from(JSON.stringify(value));

function send(options: RequestOptions, body: Buffer | undefined): Promise<ControllerAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      text(response).then(
        (answer) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: answer }),
        reject,
      );
    });
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${ANSWER_MS} ms`)));
    sent.once('error', (error) => {
      // the server ended the kept connection at the very moment that it was used again
      if (sent.reusedSocket && 'code' in error && error.code === 'ECONNRESET') resolve(send(options, body));
      else reject(error);
    });
    sent.end(body);
  });
}

/** The curl line that does the same from a shell. @param base `https://host:port` */
export function curlLine(asked: ControllerRequest, base: string, pki: Pki): string {
  const words = [
    ...['curl', '--cacert', pki.serverAuthority.certificate, '--cert', pki.client],
    ...(asked.method === 'HEAD' ? ['--head'] : []),
    ...(asked.json === undefined
      ? []
      : ['-H', 'Content-Type: application/json', '--data', JSON.stringify(asked.json)]),
    ...(asked.file === undefined ? [] : ['--data-binary', `@${asked.file}`]),
    ...Object.entries(asked.headers ?? {}).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
    ...(needsMethod(asked) ? ['-X', asked.method] : []),
    `${base}${asked.path}`,
  ];
  return words.map(shellWord).join(' ');
}

/** curl sends GET without a body and POST with one by itself. */
function needsMethod(asked: ControllerRequest): boolean {
  const hasBody = asked.json !== undefined || asked.file !== undefined;
  if (asked.method === 'HEAD') return false;
  return asked.method !== (hasBody ? 'POST' : 'GET');
}

/** A word as a POSIX shell reads it back. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
