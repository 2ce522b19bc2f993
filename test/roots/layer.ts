import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { cacheDirectory } from './cache-directory.ts';
import { isLiving } from './living-process.ts';

const PREFIX = 'layer-';

/**
 * Makes a directory for the changes that one command makes to a Debian root, and removes it with all of them when the
 * work is done. It is on the same disk as the roots, not in memory.
 */
export async function withLayer<Result>(work: (store: string) => Promise<Result>): Promise<Result> {
  const cache = cacheDirectory(process.env);
  await mkdir(cache, { recursive: true });
  await removeAbandoned(cache);
  const store = await mkdtemp(path.join(cache, `${PREFIX}${process.pid}-`));
  try {
    return await work(store);
  } finally {
    await rm(store, { recursive: true, force: true });
  }
}

/** Removes the layers of runs that were killed. */
async function removeAbandoned(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const [, maker] = /^layer-(\d+)-/.exec(name) ?? [];
    if (!name.startsWith(PREFIX) || (maker !== undefined && (await isLiving(maker)))) continue;
    await rm(path.join(cache, name), { recursive: true, force: true });
  }
}
