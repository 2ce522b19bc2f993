import { randomBytes } from 'node:crypto';
import { type BigIntStats, constants, type Stats } from 'node:fs';
import {
  access,
  chmod,
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
  symlink,
} from 'node:fs/promises';
import path from 'node:path';
import { WriteFailed } from '../errors.ts';

export interface WriteOptions {
  /** permission bits of the new file; those of an earlier file don't matter */
  readonly mode: number;
  /** directory of the temporary file, on the same file system; default: the directory of the file */
  readonly stagingDirectory?: string;
}

/** What one look at a file or directory shows without reading it. */
export interface FileAttributes {
  readonly isDirectory: boolean;
  /** permission bits */
  readonly mode: number;
  /** as Files.fingerprint() */
  readonly fingerprint: string;
}

/** The files of the agent. Every write is atomic. It is on the disk when the promise resolves. */
export interface Files {
  /** Returns undefined when the file doesn't exist. */
  read(file: string): Promise<Buffer | undefined>;
  /** Reads UTF-8. Returns undefined when the file doesn't exist. */
  readText(file: string): Promise<string | undefined>;
  /**
   * Writes a temporary file, syncs it, renames it and syncs the directory. The directory must exist.
   * @throws WriteFailed
   */
  write(file: string, content: string | Uint8Array, options: WriteOptions): Promise<void>;
  /** Makes a symbolic link, atomically, in the place of an earlier one; the directory must exist. @throws WriteFailed */
  link(target: string, file: string): Promise<void>;
  /** Renames within one file system and syncs the directory. */
  rename(from: string, to: string): Promise<void>;
  /** Creates the directory and its parents. A directory that exists keeps its mode. @throws WriteFailed */
  makeDirectory(directory: string, mode?: number): Promise<void>;
  /** Creates a directory inside another, accessible to root only. Removes it when `use` has settled. */
  withTemporaryDirectory<Result>(
    parent: string,
    use: (directory: string) => Promise<Result>,
  ): Promise<Result>;
  /** Removes a file or a whole directory. Does nothing when the target doesn't exist. */
  remove(target: string): Promise<void>;
  /** Returns the names in a directory, sorted. Returns an empty list when the directory doesn't exist. */
  list(directory: string): Promise<string[]>;
  exists(target: string): Promise<boolean>;
  /** Checks that files can be made in a directory. @throws WriteFailed on a read-only file system */
  checkWritable(directory: string): Promise<void>;
  /** Returns bytes of the file system that holds a path: used, and available to ordinary users. */
  diskUse(target: string): Promise<{ used: number; available: number }>;
  /** Returns what is left for root on the file system of a path. */
  diskRoom(target: string): Promise<{ availableBytes: number; availableInodes: number }>;
  /**
   * Returns a text that changes with the file's content (inode, time, size). Returns undefined when the file doesn't exist.
   */
  fingerprint(file: string): Promise<string | undefined>;
  /** Returns undefined when the file or directory doesn't exist. */
  attributes(target: string): Promise<FileAttributes | undefined>;
  /** Sets the permission bits of a file or directory. @throws WriteFailed */
  setMode(target: string, mode: number): Promise<void>;
  /**
   * Returns the seconds since the last change of the content, the name or the mode. Returns undefined when the file doesn't
   * exist.
   */
  changeAgeSeconds(file: string): Promise<number | undefined>;
  /** Returns the seconds since the last write of the content. Returns undefined when the file doesn't exist. */
  ageSeconds(file: string): Promise<number | undefined>;
}

/** The first characters of every temporary name. The agent recognises by them what a killed agent left. */
export const TEMPORARY_PREFIX = '.amphora-agent-';

export function createFiles(): Files {
  return {
    read: (file) => orUndefined(readFile(file)),
    readText: (file) => orUndefined(readFile(file, 'utf8')),
    write,
    link,
    async rename(from, to) {
      await rename(from, to);
      await syncDirectory(path.dirname(to));
    },
    makeDirectory: (directory, mode = 0o755) => makeDirectory(directory, mode),
    withTemporaryDirectory,
    remove: (target) => rm(target, { recursive: true, force: true }),
    list: async (directory) => ((await orUndefined(readdir(directory))) ?? []).sort(),
    async checkWritable(directory) {
      await access(directory, constants.W_OK).catch((error: unknown) => {
        throw new WriteFailed(directory, error);
      });
    },
    exists: async (target) => (await orUndefined(stat(target))) !== undefined,
    async diskUse(target) {
      const { bsize, blocks, bfree, bavail } = await statfs(target);
      return { used: (blocks - bfree) * bsize, available: bavail * bsize };
    },
    async diskRoom(target) {
      const { bsize, bfree, ffree, files } = await statfs(target);
      // some file systems have no fixed number of inodes
      return {
        availableBytes: bfree * bsize,
        availableInodes: files === 0 ? Number.MAX_SAFE_INTEGER : ffree,
      };
    },
    fingerprint: async (file) => fingerprintOf(await orUndefined(stat(file, { bigint: true }))),
    attributes: async (target) => attributesOf(await orUndefined(stat(target, { bigint: true }))),
    setMode: (target, mode) =>
      chmod(target, mode).catch((error: unknown) => {
        throw new WriteFailed(target, error);
      }),
    changeAgeSeconds: async (file) => changeAgeOf(await orUndefined(stat(file))),
    ageSeconds: async (file) => ageOf(await orUndefined(stat(file))),
  };
}

const PERMISSION_BITS = 0o7777n;

/** Makes what Files.attributes() returns. */
export const attributesOf = (found: BigIntStats | undefined): FileAttributes | undefined =>
  found && {
    isDirectory: found.isDirectory(),
    mode: Number(found.mode & PERMISSION_BITS),
    fingerprint: `${found.ino}-${found.mtimeNs}-${found.size}`,
  };

/** Makes the text that Files.fingerprint() returns. */
export const fingerprintOf = (found: BigIntStats | undefined): string | undefined =>
  found && `${found.ino}-${found.mtimeNs}-${found.size}`;

/** Makes the number that Files.changeAgeSeconds() returns. */
export const changeAgeOf = (found: Stats | undefined): number | undefined =>
  found && (Date.now() - found.ctimeMs) / 1000;

/** Makes the number that Files.ageSeconds() returns. */
export const ageOf = (found: Stats | undefined): number | undefined =>
  found && (Date.now() - found.mtimeMs) / 1000;

async function link(target: string, file: string): Promise<void> {
  const temporary = temporaryIn(path.dirname(file));
  try {
    await symlink(target, temporary);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new WriteFailed(file, error);
  }
  await syncDirectory(path.dirname(file));
}

const temporaryIn = (directory: string): string =>
  path.join(directory, `${TEMPORARY_PREFIX}${randomBytes(6).toString('hex')}`);

async function write(file: string, content: string | Uint8Array, options: WriteOptions): Promise<void> {
  const temporary = temporaryIn(options.stagingDirectory ?? path.dirname(file));
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

/** Replaces the option `recursive` of Node, which reports a missing parent when the disk is read-only. */
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

/** The error codes of a missing file. ESRCH: a process ended during a read of its file in /proc. */
const ABSENT_CODES: readonly unknown[] = ['ENOENT', 'ENOTDIR', 'ESRCH'];

/** Returns whether an error means that the file doesn't exist. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ABSENT_CODES.includes(error.code);
}
