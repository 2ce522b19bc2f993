import { type FileHandle, open } from 'node:fs/promises';

/** The output of a supervised service. The service appends to the file itself, so it doesn't need a running agent. */
export interface ServiceLog {
  readonly file: string;
  /** Records the current length of the log. Cuts off the beginning of a log that is too long. */
  observe(): Promise<void>;
  /** Returns the output since a moment: at most the last 8 KiB. It begins at the last observation before the moment. */
  since(moment: Date): Promise<string>;
  /** Returns the current length in bytes. */
  length(): Promise<number>;
  /** Returns the output after the first `length` bytes: at most the last `limit` bytes (default: 8 KiB). */
  from(length: number, limit?: number): Promise<string>;
}

const LIMIT = 1024 * 1024;
const KEPT = 256 * 1024;
const EXCERPT_LIMIT = 8 * 1024;
const OBSERVATIONS = 200;
const LOG_MODE = 0o640;

export function createServiceLog(file: string): ServiceLog {
  /** observed lengths of the log, the oldest first */
  let observations: { at: number; length: number }[] = [];

  const observe = (): Promise<void> =>
    withLog(file, async (log) => {
      const { size } = await log.stat();
      if (size > LIMIT) {
        await keepEnd(log, size);
        observations = [];
      } else if (observations.at(-1)?.length !== size) {
        observations = [...observations.slice(-OBSERVATIONS), { at: Date.now(), length: size }];
      }
    });

  const from = (length: number, limit = EXCERPT_LIMIT): Promise<string> =>
    withLog(file, async (log) => {
      const { size } = await log.stat();
      return readEnd(log, size, Math.min(size - (length <= size ? length : 0), limit));
    });

  return {
    file,
    observe,
    since: (moment) => from(observations.findLast(({ at }) => at < moment.getTime())?.length ?? 0),
    length: () => withLog(file, async (log) => (await log.stat()).size),
    from,
  };
}

async function withLog<Result>(file: string, use: (log: FileHandle) => Promise<Result>): Promise<Result> {
  const log = await open(file, 'a+', LOG_MODE);
  try {
    return await use(log);
  } finally {
    await log.close();
  }
}

/** Keeps the end of the log. The service has the file open for appending, so its further output follows the kept part. */
async function keepEnd(log: FileHandle, size: number): Promise<void> {
  const end = await readEnd(log, size, KEPT);
  await log.truncate(0);
  await log.appendFile(end);
}

async function readEnd(log: FileHandle, size: number, length: number): Promise<string> {
  const { buffer, bytesRead } = await log.read(Buffer.alloc(length), 0, length, size - length);
  return buffer.toString('utf8', 0, bytesRead);
}
