import { type FSWatcher, type Stats, watch } from 'node:fs';
import { stat } from 'node:fs/promises';

/** Reports changes in one directory. It costs nothing while nothing changes. */
export interface DirectoryWatch {
  /**
   * Makes the watch again if it failed before, or if another directory has taken the place of the watched one.
   * @returns the reason why changes are not reported; undefined when they are
   */
  renew(): Promise<Error | undefined>;
  /** Returns whether the watch reports changes, and no other directory has taken the place of the watched one. */
  isInPlace(): Promise<boolean>;
  close(): void;
}

/** Makes a watch of the kernel (inotify(7)). */
export type StartWatch = (
  directory: string,
  options: { readonly persistent: false },
  onEvent: (event: string, name: string | null) => void,
) => FSWatcher;

/** Looks at a directory. It is asynchronous by default, because a hanging disk must not stop the thread. */
export type FindDirectory = (directory: string) => Promise<Stats>;

/**
 * Creates a watch that begins with the first `renew`. Changes that another machine makes on a shared disk are not reported.
 * @param onEvent called after a change of the directory or of a file in it. Its parameter is the name of the file, if it is
 *   known
 */
export function createDirectoryWatch(
  directory: string,
  onEvent: (name: string | null) => void,
  startWatch: StartWatch = watch,
  find: FindDirectory = (place) => stat(place),
): DirectoryWatch {
  let watcher: FSWatcher | undefined;
  let watched: Stats | undefined;
  let failure: Error | undefined;
  let isClosed = false;

  const stop = (): void => {
    watcher?.close();
    watcher = undefined;
  };
  const start = (): void => {
    watcher = startWatch(directory, { persistent: false }, (_event, name) => onEvent(name));
    watcher.on('error', (error) => {
      stop();
      failure = error;
    });
  };
  const isWatched = ({ ino, dev }: Stats): boolean =>
    watcher !== undefined && ino === watched?.ino && dev === watched.dev;
  return {
    isInPlace: () => find(directory).then(isWatched, () => false),
    async renew() {
      try {
        const found = await find(directory);
        if (isClosed || isWatched(found)) return undefined;
        stop();
        watched = found;
        failure = undefined;
        start();
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        stop();
        failure = error;
      }
      return failure;
    },
    close() {
      isClosed = true;
      stop();
    },
  };
}
