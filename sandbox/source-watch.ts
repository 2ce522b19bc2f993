import { type FSWatcher, watch } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';

/** A running watch on files. */
export interface SourceWatch {
  close(): void;
}

/** The delay that joins events: an editor that saves a file makes several, and `git checkout` changes many files. */
const QUIET_MS = 200;

/**
 * Calls `changed` after files in or below the folders were written, created or removed, and 200 ms passed without a further
 * change. Resolves when the watch has begun. Ignores hidden files and backups of editors (`name~`).
 * @param changed gets the paths of the files, sorted
 */
export async function watchSources(
  folders: readonly string[],
  changed: (files: readonly string[]) => void,
): Promise<SourceWatch> {
  const watchers = new Map<string, FSWatcher>();
  const pending = new Set<string>();
  const report = (): void => {
    changed([...pending].sort());
    pending.clear();
  };
  let quiet: NodeJS.Timeout | undefined;
  const note = (folder: string, name: string | null): void => {
    if (name === null || name.startsWith('.') || name.endsWith('~')) return;
    pending.add(path.join(folder, name));
    clearTimeout(quiet);
    quiet = setTimeout(report, QUIET_MS);
    void watchAll();
  };
  // one watcher for each folder: Node's recursive watch loses a file that an editor replaces
  const watchAll = async (): Promise<void> => {
    for (const folder of (await Promise.all(folders.map(foldersIn))).flat()) {
      if (watchers.has(folder)) continue;
      const watcher = watch(folder, (_, name) => note(folder, name));
      watcher.once('error', () => watchers.delete(folder));
      watchers.set(folder, watcher);
    }
  };
  await watchAll();
  return {
    close() {
      clearTimeout(quiet);
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}

/** Returns the folder and all folders below it; an empty list if the folder does not exist. */
async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return [];
  const below = entries.filter((entry) => entry.isDirectory());
  return [folder, ...below.map(({ parentPath, name }) => path.join(parentPath, name))];
}
