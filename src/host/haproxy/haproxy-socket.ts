import { connect } from 'node:net';
import { SocketSilent } from '../../errors.ts';

/** Asks haproxy's Unix sockets: the stats socket of a worker, or the master's. */
export interface HaproxySockets {
  /**
   * One command, one answer (haproxy closes the connection after it).
   * @param deadlineMs from connect to the last byte
   * @returns the whole answer, with its final empty line
   * @throws SocketSilent when nothing listens, nothing comes in time, or the connection ends without a byte
   */
  ask(socketPath: string, command: string, deadlineMs: number): Promise<string>;
}

export function createHaproxySockets(): HaproxySockets {
  return { ask };
}

function ask(socketPath: string, command: string, deadlineMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(socketPath);
    const fail = (reason: string, cause?: unknown): void => {
      socket.destroy();
      reject(new SocketSilent(socketPath, `${command}: ${reason}`, isAbsent(cause), { cause }));
    };
    const deadline = setTimeout(() => fail(`no answer within ${deadlineMs} ms`), deadlineMs);
    socket.once('connect', () => socket.end(`${command}\n`));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.once('error', (error) => fail(error.message, error));
    socket.once('close', () => {
      clearTimeout(deadline);
      const answer = Buffer.concat(chunks).toString('utf8');
      if (answer === '') fail('closed without an answer');
      else resolve(answer);
    });
  });
}

function isAbsent(cause: unknown): boolean {
  return (
    cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED')
  );
}
