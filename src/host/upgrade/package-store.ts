import { type FileHandle, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { WriteFailed } from '../../errors.ts';

const MODE = 0o600;

/** A directory that gets the packages of a bundle. */
export interface PackageStore {
  /**
   * Writes a file and syncs it. The file must not exist.
   * @param file its name in the bundle; the folder is left out @throws WriteFailed, and the error of the content
   */
  add(file: string, content: AsyncIterable<Buffer>): Promise<void>;
  /** Makes the names of the files durable. @throws WriteFailed */
  sync(): Promise<void>;
  /** Removes the files that were added. */
  empty(): Promise<void>;
}

export function createPackageStore(directory: string): PackageStore {
  const added: string[] = [];
  return {
    async add(file, content) {
      const target = path.join(directory, path.basename(file));
      const handle = await open(target, 'wx', MODE).catch(failing(target));
      added.push(target);
      try {
        for await (const part of content) await writeAll(handle, part).catch(failing(target));
        await handle.sync().catch(failing(target));
      } finally {
        await handle.close();
      }
    },
    async sync() {
      const handle = await open(directory, 'r').catch(failing(directory));
      try {
        await handle.sync().catch(failing(directory));
      } finally {
        await handle.close();
      }
    },
    async empty() {
      for (const file of added) await rm(file, { force: true });
    },
  };
}

async function writeAll(handle: FileHandle, part: Buffer): Promise<void> {
  for (let written = 0; written < part.length; ) {
    written += (await handle.write(part, written)).bytesWritten;
  }
}

const failing =
  (file: string) =>
  (error: unknown): never => {
    throw new WriteFailed(file, error);
  };
