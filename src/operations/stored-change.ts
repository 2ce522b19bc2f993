import { type ChangedLines, changedLines } from '../domain/text/changed-lines.ts';
import type { Files } from '../host/files.ts';

/** A stored upload. */
export interface StoredUpload {
  /** md5 of the request's body */
  readonly etag: string;
  /** the difference of the configuration from the one before; undefined if that could not be read */
  readonly change: ChangedLines | undefined;
}

/** Compares a configuration with the stored one, which it is about to replace. Never fails. */
export async function changeOf(
  files: Pick<Files, 'read'>,
  stored: string,
  config: Buffer,
): Promise<ChangedLines | undefined> {
  try {
    return changedLines((await files.read(stored))?.toString('latin1'), config.toString('latin1'));
  } catch {
    // the audit log only lacks a number then
    return undefined;
  }
}
