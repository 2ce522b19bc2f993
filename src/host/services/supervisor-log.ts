import { type FileHandle, open } from 'node:fs/promises';

/** What a supervised service prints: a file that it appends to itself, so that it needs no agent to read from it. */
export interface ServiceLog {
  readonly file: string;
  /** Notes how long the log is now, and cuts off its beginning where it is too long. */
  observe(): Promise<void>;
  /** What was printed since a moment: at most the last 8 KiB. Begins at the last observation before it. */
  since(moment: Date): Promise<string>;
  /** How long it is now, in bytes. */
  length(): Promise<number>;
  /** What was printed behind that length: at most the last 8 KiB, or so many bytes. */
  from(length: number, limit?: number): Promise<string>;
}

const LIMIT = 1024 * 1024;
const KEPT = 256 * 1024;
const WORDS_LIMIT = 8 * 1024;
const OBSERVATIONS = 200;
const LOG_MODE = 0o640;

export function createServiceLog(file: string): ServiceLog {
  /** lengths at which the log was seen, the oldest first */
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

  const from = (length: number, limit = WORDS_LIMIT): Promise<string> =>
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

/** The service has the file open for appending: what follows goes behind what is kept. */
async function keepEnd(log: FileHandle, size: number): Promise<void> {
  const end = await readEnd(log, size, KEPT);
  await log.truncate(0);
  await log.appendFile(end);
}

async function readEnd(log: FileHandle, size: number, length: number): Promise<string> {
  const { buffer, bytesRead } = await log.read(Buffer.alloc(length), 0, length, size - length);
  return buffer.toString('utf8', 0, bytesRead);
}
