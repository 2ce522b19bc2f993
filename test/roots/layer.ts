import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { cacheDirectory } from './cache-directory.ts';

/**
 * Makes a directory for the changes that one command makes to a Debian root, and removes it with all of them when the
 * work is done. It is on the same disk as the roots, not in memory.
 */
export async function withLayer<Result>(work: (store: string) => Promise<Result>): Promise<Result> {
  const cache = cacheDirectory(process.env);
  await mkdir(cache, { recursive: true });
  const store = await mkdtemp(path.join(cache, 'layer-'));
  try {
    return await work(store);
  } finally {
    await rm(store, { recursive: true, force: true });
  }
}
