import { constants } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Program } from '../../domain/program.ts';

/** The files of the running agent in its own directory, and how to start a copy of them. */
export interface InstalledAgent {
  readonly bytes: number;
  /** Copies the files into a new directory. Links them where the kernel allows it. */
  copyTo(directory: string): Promise<void>;
  /** Returns the command line of a copy in `directory`. */
  program(directory: string): Program;
}

/**
 * Finds the installation of this program.
 * @param own the command line of this program, with its links resolved
 * @returns undefined if the program and its Node are not in one directory, as when it runs from its sources
 */
export async function installedAgent(own: Program): Promise<InstalledAgent | undefined> {
  const [node, ...rest] = own;
  const entry = rest.at(-1) ?? '';
  const source = path.dirname(entry);
  if (path.dirname(node) !== source) return undefined;
  const files = await filesIn(source);
  const sizes = await Promise.all(files.map(async (name) => (await stat(path.join(source, name))).size));
  return {
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    async copyTo(directory) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      for (const name of files) {
        const copy = path.join(directory, name);
        await mkdir(path.dirname(copy), { recursive: true, mode: 0o700 });
        await linkOrCopy(path.join(source, name), copy);
      }
    },
    program: (directory) => [
      path.join(directory, path.basename(node)),
      ...rest.slice(0, -1),
      path.join(directory, path.basename(entry)),
    ],
  };
}

/** Returns the names of all files below a directory, relative to it. */
async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)));
}

/** dpkg replaces a file by a new one, so a link keeps the old content. There are no links between two mounts. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  }
}

/** Writes all files and directories of a tree to the disk. */
export async function syncTree(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const target = path.join(directory, entry.name);
    if (entry.isDirectory()) await syncTree(target);
    else await sync(target);
  }
  await sync(directory);
}

async function sync(target: string): Promise<void> {
  const handle = await open(target, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
