import { type FileHandle, open, stat } from 'node:fs/promises';
import { isAbsent } from '../files.ts';

/** The output of a supervised service. The service appends to the file itself, so it doesn't need a running agent. */
export interface ServiceLog {
  readonly file: string;
  /** Cuts off the beginning of a log that is too long. */
  trim(): Promise<void>;
  /** Returns the current length in bytes. */
  length(): Promise<number>;
  /** Returns the output after the first `length` bytes: at most the last `limit` bytes (default: 8 KiB). */
  from(length: number, limit?: number): Promise<string>;
}

const LIMIT = 1024 * 1024;
const KEPT = 256 * 1024;
const EXCERPT_LIMIT = 8 * 1024;
const LOG_MODE = 0o640;

export function createServiceLog(file: string): ServiceLog {
  const trim = async (): Promise<void> => {
    // makes no log: the service may be removed meanwhile
    if ((await sizeOf(file)) <= LIMIT) return;
    await withLog(file, async (log) => {
      const { size } = await log.stat();
      if (size > LIMIT) await keepEnd(log, size);
    });
  };

  const from = (length: number, limit = EXCERPT_LIMIT): Promise<string> =>
    withLog(file, async (log) => {
      const { size } = await log.stat();
      return readEnd(log, size, Math.min(size - (length <= size ? length : 0), limit));
    });

  return {
    file,
    trim,
    length: () => withLog(file, async (log) => (await log.stat()).size),
    from,
  };
}

/** @returns 0 for a log that doesn't exist */
async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (isAbsent(error)) return 0;
    throw error;
  }
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
