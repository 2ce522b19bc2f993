import { connect } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { SocketSilent } from '../../errors.ts';

/** Sends commands to haproxy's Unix sockets: the stats socket of a worker, or the socket of the master. */
export interface HaproxySockets {
  /**
   * Sends one command, or several with `;` between them, and reads the answer. haproxy closes the connection after it.
   * @param command a payload begins in its second line; errors show the beginning of the first line only
   * @param deadlineMs from connect to the last byte
   * @param mostBytes a longer answer is cut off there; default: no limit
   * @returns the whole answer, with its final empty line
   * @throws SocketSilent when nothing listens, when the answer is late, or when the connection ends without a byte
   */
  ask(socketPath: string, command: string, deadlineMs: number, mostBytes?: number): Promise<string>;
}

/** The bytes of one read. An answer about one member has 4 000, one about 2 000 members 900 000. */
export const READ_BYTES = 65_536;

export function createHaproxySockets(): HaproxySockets {
  let buffer: Buffer | undefined;
  return {
    ask(socketPath, command, deadlineMs, mostBytes = Number.POSITIVE_INFINITY) {
      // one buffer for all connections: a new one for each read is memory from the kernel, and garbage
      buffer ??= Buffer.allocUnsafeSlow(READ_BYTES);
      return ask({ socketPath, command, deadlineMs, mostBytes, buffer });
    },
  };
}

interface Question {
  readonly socketPath: string;
  readonly command: string;
  readonly deadlineMs: number;
  readonly mostBytes: number;
  /** used during one read only */
  readonly buffer: Buffer;
}

function ask({ socketPath, command, deadlineMs, mostBytes, buffer }: Question): Promise<string> {
  return new Promise((resolve, reject) => {
    // text as it arrives: copies of the bytes would be memory outside of V8's heap, for which V8 collects garbage early
    const decoder = new StringDecoder('utf8');
    let answer = '';
    let size = 0;
    const callback = (bytes: number): boolean => {
      answer += decoder.write(buffer.subarray(0, bytes));
      size += bytes;
      if (size >= mostBytes) socket.destroy();
      return true;
    };
    const socket = connect({ path: socketPath, onread: { buffer, callback } });
    const fail = (reason: string, cause?: unknown): void => {
      socket.destroy();
      reject(silence(socketPath, command, reason, cause));
    };
    const deadline = setTimeout(() => fail(`no answer within ${deadlineMs} ms`), deadlineMs);
    socket.once('error', (error) => fail(error.message, error));
    socket.once('close', () => {
      clearTimeout(deadline);
      answer += decoder.end();
      if (answer === '') fail('closed without an answer');
      else resolve(answer);
    });
    socket.end(`${command}\n`);
  });
}

/** @param cause the error of the connection; undefined when it has none */
export const silence = (socketPath: string, command: string, reason: string, cause?: unknown): SocketSilent =>
  new SocketSilent(socketPath, `${shownCommand(command)}: ${reason}`, isAbsent(cause), { cause });

const SHOWN_LENGTH = 80;

/** Returns the part of a command that an error may show. A payload can hold a key, and many commands are too long. */
function shownCommand(command: string): string {
  const [first = ''] = command.split('\n', 1);
  return first.length > SHOWN_LENGTH ? `${first.slice(0, SHOWN_LENGTH)}…` : first;
}

function isAbsent(cause: unknown): boolean {
  return (
    cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED')
  );
}
