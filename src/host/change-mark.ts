import { look } from './unpooled-files.ts';

/**
 * The state of a directory or a file. That of a directory is another one after a file in it was made, replaced, renamed or removed.
 */
export interface ChangeMark {
  readonly inode: number;
  readonly changedMs: number;
}

/**
 * The time of a change that is older than this is different from that of a later change. The kernel takes the time of a change from
 * a clock with steps of up to 10 ms.
 */
const DISTINCT_MS = 1000;

/**
 * Returns the mark of the present state. Blocks the thread.
 * @param last the mark of an earlier call, which is returned if nothing has changed since then
 * @returns undefined when the directory or file doesn't exist
 */
export function markOf(target: string, last?: ChangeMark): ChangeMark | undefined {
  const found = look(target);
  if (found === undefined) return undefined;
  const { ino: inode, ctimeMs: changedMs } = found;
  return last?.inode === inode && last.changedMs === changedMs ? last : { inode, changedMs };
}

/** Returns whether a mark of just now will differ from the mark after any later change. */
export const isDistinct = ({ changedMs }: ChangeMark): boolean => changedMs < Date.now() - DISTINCT_MS;
