import { request } from 'node:http';
import { SocketSilent } from '../errors.ts';

/** The answer of the agent to a local command. */
export interface LocalAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * Sends a request to the agent on this machine.
 * @param socket path of its socket @param limitMs the longest time without data
 * @throws SocketSilent when no agent answers
 */
export function askLocalAgent(
  socket: string,
  { method, target }: { readonly method: string; readonly target: string },
  limitMs: number,
): Promise<LocalAnswer> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void =>
      reject(new SocketSilent(socket, cause.message, isUnbound(cause), { cause }));
    const outgoing = request({ socketPath: socket, method, path: target, timeout: limitMs }, (response) => {
      const parts: string[] = [];
      response.setEncoding('utf8').on('data', (part: string) => parts.push(part));
      response.once('error', fail);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: parts.join('') }));
    });
    outgoing.once('timeout', () => outgoing.destroy(new Error(`no data for ${limitMs} ms`)));
    outgoing.once('error', fail);
    outgoing.end();
  });
}

/** Whether no process listens on the socket. */
const isUnbound = (cause: Error): boolean =>
  'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED');
