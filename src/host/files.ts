import { randomBytes } from 'node:crypto';
import type { BigIntStats, Stats } from 'node:fs';
import {
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  statfs,
} from 'node:fs/promises';
import path from 'node:path';
import { WriteFailed } from '../errors.ts';

export interface WriteOptions {
  /** permission bits that the file has afterwards, whatever it had before */
  readonly mode: number;
  /** where the file is written before it is renamed, on the same file system; default: its own directory */
  readonly stagingDirectory?: string;
}

/** The files of the agent. Every write is whole or not at all, and on the disk when the promise resolves. */
export interface Files {
  /** undefined where there is no such file */
  read(file: string): Promise<Buffer | undefined>;
  /** UTF-8; undefined where there is no such file */
  readText(file: string): Promise<string | undefined>;
  /** Writes beside, fsync, rename, fsync of the directory. The directory must exist. @throws WriteFailed */
  write(file: string, content: string | Uint8Array, options: WriteOptions): Promise<void>;
  /** Renames within one file system, durably. */
  rename(from: string, to: string): Promise<void>;
  /** Makes the directory and its parents; one that exists keeps its mode. @throws WriteFailed */
  makeDirectory(directory: string, mode?: number): Promise<void>;
  /** Makes a directory inside another, for root alone, and takes it away when its use has ended, well or not. */
  withTemporaryDirectory<Result>(
    parent: string,
    use: (directory: string) => Promise<Result>,
  ): Promise<Result>;
  /** Removes a file or a whole directory; one that isn't there is fine. */
  remove(target: string): Promise<void>;
  /** names in a directory, sorted; empty where there is no such directory */
  list(directory: string): Promise<string[]>;
  exists(target: string): Promise<boolean>;
  /** Bytes of the file system that holds a path: used, and free to ordinary users. */
  diskUse(target: string): Promise<{ used: number; available: number }>;
  /** A text that changes with the file's content (inode, time, size); undefined where there is no such file. */
  fingerprint(file: string): Promise<string | undefined>;
  /** seconds since a file's content was written; undefined where there is no such file */
  ageSeconds(file: string): Promise<number | undefined>;
}

/** What the temporary name of a file or directory under way starts with; leftovers of a killed agent are recognised by it. */
export const TEMPORARY_PREFIX = '.amphora-agent-';

export function createFiles(): Files {
  return {
    read: (file) => orUndefined(readFile(file)),
    readText: (file) => orUndefined(readFile(file, 'utf8')),
    write,
    async rename(from, to) {
      await rename(from, to);
      await syncDirectory(path.dirname(to));
    },
    makeDirectory: (directory, mode = 0o755) => makeDirectory(directory, mode),
    withTemporaryDirectory,
    remove: (target) => rm(target, { recursive: true, force: true }),
    list: async (directory) => ((await orUndefined(readdir(directory))) ?? []).sort(),
    exists: async (target) => (await orUndefined(stat(target))) !== undefined,
    async diskUse(target) {
      const { bsize, blocks, bfree, bavail } = await statfs(target);
      return { used: (blocks - bfree) * bsize, available: bavail * bsize };
    },
    fingerprint: async (file) => fingerprintOf(await orUndefined(stat(file, { bigint: true }))),
    ageSeconds: async (file) => ageOf(await orUndefined(stat(file))),
  };
}

/** What Files.fingerprint() makes of a file's state. */
export const fingerprintOf = (found: BigIntStats | undefined): string | undefined =>
  found && `${found.ino}-${found.mtimeNs}-${found.size}`;

/** What Files.ageSeconds() makes of a file's state. */
export const ageOf = (found: Stats | undefined): number | undefined =>
  found && (Date.now() - found.mtimeMs) / 1000;

async function write(file: string, content: string | Uint8Array, options: WriteOptions): Promise<void> {
  const directory = options.stagingDirectory ?? path.dirname(file);
  const temporary = path.join(directory, `${TEMPORARY_PREFIX}${randomBytes(6).toString('hex')}`);
  try {
    await withFile(temporary, 'wx', async (handle) => {
      await handle.writeFile(content);
      await handle.chmod(options.mode);
      await handle.sync();
    });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new WriteFailed(file, error);
  }
  await syncDirectory(path.dirname(file));
}

/** As Node's `recursive`, which says that the parent is missing where the disk is read-only. */
async function makeDirectory(directory: string, mode: number): Promise<void> {
  try {
    await mkdir(directory, { mode });
  } catch (error) {
    const parent = path.dirname(directory);
    if ((await orUndefined(stat(directory)))?.isDirectory()) return;
    if (!isAbsent(error) || (await orUndefined(stat(parent)))) throw new WriteFailed(directory, error);
    await makeDirectory(parent, mode);
    await makeDirectory(directory, mode);
  }
}

async function withTemporaryDirectory<Result>(
  parent: string,
  use: (directory: string) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(path.join(parent, TEMPORARY_PREFIX));
  try {
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function withFile(
  file: string,
  flags: string,
  use: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const handle = await open(file, flags, 0o600);
  try {
    await use(handle);
  } finally {
    await handle.close();
  }
}

const syncDirectory = (directory: string): Promise<void> =>
  withFile(directory, 'r', (handle) => handle.sync());

async function orUndefined<Value>(result: Promise<Value>): Promise<Value | undefined> {
  try {
    return await result;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** ESRCH: a process ended while its file in /proc was read. */
const ABSENT_CODES: readonly unknown[] = ['ENOENT', 'ENOTDIR', 'ESRCH'];

/** Whether an error says that there is no such file. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ABSENT_CODES.includes(error.code);
}
