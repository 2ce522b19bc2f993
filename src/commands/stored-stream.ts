import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

const MODE = 0o600;

export interface StoreSettings {
  /** ends the stream early */
  readonly signal?: AbortSignal;
  /** whether a stream that the signal ended is complete enough to be stored */
  readonly keepsCut?: boolean;
}

/**
 * Stores a stream in a file. The file appears when it is complete.
 * @param output its path; beside it, PATH.partial must not exist
 */
export async function storeStream(
  stream: NodeJS.ReadableStream,
  output: string,
  { signal, keepsCut = false }: StoreSettings = {},
): Promise<void> {
  const partial = `${output}.partial`;
  try {
    await pipeline(stream, createWriteStream(partial, { flags: 'wx', mode: MODE }), signal ? { signal } : {});
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
