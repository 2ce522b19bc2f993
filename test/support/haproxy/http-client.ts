import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { ConnectionOptions } from 'node:tls';

const TIMEOUT_MS = 60_000;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** the member that answered, from its header */
  readonly member: string | undefined;
}

export interface Question {
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly tls?: ConnectionOptions;
  readonly host?: string;
  /** the address that the request comes from */
  readonly from?: string;
}

/** Sends one request over a connection of its own. @throws Error without an answer */
export function ask(
  port: number,
  { path = '/', headers = {}, tls, host = '127.0.0.1', from }: Question = {},
): Promise<Answer> {
  const options = {
    host,
    port,
    path,
    headers,
    agent: false,
    timeout: TIMEOUT_MS,
    ...(from === undefined ? {} : { localAddress: from }),
  };
  return new Promise((resolve, reject) => {
    const asked =
      tls === undefined
        ? httpRequest(options)
        : httpsRequest({ ...options, rejectUnauthorized: false, ...tls });
    asked.on('error', reject);
    asked.once('timeout', () => asked.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    asked.once('response', (response) => {
      const parts: string[] = [];
      response.setEncoding('utf8');
      response.on('data', (part: string) => parts.push(part));
      response.once('error', reject);
      response.once('end', () => {
        const member = response.headers['x-member'];
        const { statusCode: status = 0, headers: answered } = response;
        const name = Array.isArray(member) ? member[0] : member;
        resolve({ status, headers: answered, body: parts.join(''), member: name });
      });
    });
    asked.end();
  });
}
