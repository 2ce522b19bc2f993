import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

const MODE = 0o600;

export interface StoreSettings {
  /** ends the stream early */
  readonly signal?: AbortSignal;
  /** whether a stream that the signal ended is complete enough to be stored */
  readonly keepsCut?: boolean;
  /** permission bits of the file; default: only its owner may read it */
  readonly mode?: number;
}

/**
 * Stores a stream in a file. The file appears when it is complete and on the disk.
 * @param output its path; beside it, PATH.partial must not exist
 */
export async function storeStream(
  stream: NodeJS.ReadableStream,
  output: string,
  { signal, keepsCut = false, mode = MODE }: StoreSettings = {},
): Promise<void> {
  const partial = `${output}.partial`;
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

/** Whether the partial file belongs to another command. */
const isExisting = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EEXIST';
