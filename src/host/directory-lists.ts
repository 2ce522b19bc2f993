import { type ChangeMark, isDistinct, markOf } from './change-mark.ts';
import { namesIn } from './unpooled-files.ts';

/** The names in directories. A directory is read again only when it has changed. */
export interface DirectoryLists {
  /**
   * Returns the names, sorted; the same list as before if nothing has changed. Returns an empty list when the directory doesn't
   * exist. Blocks the thread.
   */
  list(directory: string): readonly string[];
}

const NO_NAMES: readonly string[] = [];

export function createDirectoryLists(): DirectoryLists {
  const known = new Map<string, { readonly mark: ChangeMark; readonly names: readonly string[] }>();
  return {
    list(directory) {
      const last = known.get(directory);
      const mark = markOf(directory, last?.mark);
      if (mark === undefined) {
        if (last !== undefined) known.delete(directory);
        return NO_NAMES;
      }
      if (last?.mark === mark) return last.names;
      const isLasting = isDistinct(mark);
      const names = namesIn(directory);
      if (isLasting) known.set(directory, { mark, names });
      return names;
    },
  };
}
