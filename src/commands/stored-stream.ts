import { createWriteStream } from 'node:fs';
import { lstat, rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { AgentError } from '../errors.ts';

const MODE = 0o600;

export interface StoreSettings {
  /** ends the stream early */
  readonly signal?: AbortSignal;
  /** whether a stream that the signal ended is complete enough to be stored */
  readonly keepsCut?: boolean;
  /** permission bits of the file; default: only its owner may read it */
  readonly mode?: number;
}

/** There is a directory, a device or a link in the place of the file. */
export class NoOrdinaryFile extends AgentError {
  constructor(output: string) {
    super(`${output} exists and is no ordinary file: give another name, or - for standard output`);
  }
}

/**
 * Stores a stream in a file. The file appears when it is complete and on the disk. A file of that name stays as it is until then, and
 * is replaced.
 * @param output its path; beside it, PATH.partial must not exist
 * @throws NoOrdinaryFile; errors of the stream and of the file system
 */
export async function storeStream(
  stream: NodeJS.ReadableStream,
  output: string,
  { signal, keepsCut = false, mode = MODE }: StoreSettings = {},
): Promise<void> {
  const partial = `${output}.partial`;
  await refuseOthers(output);
  try {
    await pipeline(
      stream,
      createWriteStream(partial, { flags: 'wx', mode, flush: true }),
      signal ? { signal } : {},
    );
  } catch (error) {
    if (!(keepsCut && signal?.aborted === true)) {
      if (!isExisting(error)) await rm(partial, { force: true });
      throw error;
    }
  }
  await rename(partial, output);
}

/** The rename at the end would put a file in the place of the device /dev/null, too. @throws NoOrdinaryFile */
async function refuseOthers(output: string): Promise<void> {
  const found = await lstat(output).catch(() => undefined);
  if (found !== undefined && !found.isFile()) throw new NoOrdinaryFile(output);
}

/** Whether the partial file belongs to another command. */
const isExisting = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EEXIST';
