import { readlink } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from 'pino';
import { createDirectoryWatch, type DirectoryWatch, type StartWatch } from './directory-watch.ts';

export interface FileWatchTimes {
  /** milliseconds without a further change before a change is reported: a program writes a file in several steps */
  readonly settleMs: number;
  /** milliseconds between two reports without a change, as the last resort */
  readonly restMs: number;
  /** the same while a directory can't be watched */
  readonly blindMs: number;
}

const TIMES: FileWatchTimes = { settleMs: 100, restMs: 60_000, blindMs: 2_000 };
/** The most symbolic links in a path (path_resolution(7)). */
const MOST_LINKS = 40;

/**
 * Calls `onChange` soon after one of the files may have changed, whether it was written, renamed or reached by another
 * symbolic link. Calls it at the start and once a minute too, or every 2 s if the kernel can't report changes.
 * @returns a function that ends the watch
 */
export function watchFiles(
  files: readonly string[],
  onChange: () => void,
  logger: Logger,
  { startWatch, ...given }: Partial<FileWatchTimes> & { readonly startWatch?: StartWatch } = {},
): () => void {
  const times = { ...TIMES, ...given };
  let timer: NodeJS.Timeout | undefined;
  let failed: string | undefined;
  let isLooking = false;
  let isClosed = false;
  let isChanged = true;

  const lookIn = (waitMs: number): void => {
    clearTimeout(timer);
    if (!isClosed) timer = setTimeout(() => void look(), waitMs).unref();
  };
  const onEvent = (): void => {
    isChanged = true;
    lookIn(times.settleMs);
  };
  const directories = createWatches(onEvent, startWatch);
  const look = async (): Promise<void> => {
    // on a disk that hangs, one look waits and the others are left out
    if (isLooking) return;
    isLooking = true;
    const isForced = isChanged;
    isChanged = false;
    const failure = await directories.renew(files, isForced);
    isLooking = false;
    if (isClosed) return;
    if (failure !== undefined && failure.message !== failed)
      logger.warn({ err: failure }, "can't be notified of changed files: looking at them regularly instead");
    failed = failure?.message;
    lookIn(failure === undefined ? times.restMs : times.blindMs);
    onChange();
  };
  if (files.length > 0) void look();
  return () => {
    isClosed = true;
    clearTimeout(timer);
    directories.close();
  };
}

/** Watches all directories that matter for some files. */
function createWatches(onEvent: () => void, startWatch: StartWatch | undefined) {
  const watches = new Map<string, DirectoryWatch>();
  const drop = (directory: string): void => {
    watches.get(directory)?.close();
    watches.delete(directory);
  };
  const isEachInPlace = async (): Promise<boolean> => {
    for (const watch of watches.values()) if (!(await watch.isInPlace())) return false;
    return true;
  };
  return {
    /**
     * Watches the directories in which the files are now. Each step of this search wakes two threads.
     * @param isChanged false: no change was reported since the last call, so it only checks that the watched directories are
     *   still in their places
     * @returns why one of them can't be watched
     */
    async renew(files: readonly string[], isChanged: boolean): Promise<Error | undefined> {
      if (!isChanged && (await isEachInPlace())) return undefined;
      const readLink = readOnce(linkTarget);
      const wanted = new Set((await Promise.all(files.map((file) => directoriesOf(file, readLink)))).flat());
      for (const directory of watches.keys()) if (!wanted.has(directory)) drop(directory);
      let failure: Error | undefined;
      for (const directory of wanted) {
        const watch = watches.get(directory) ?? createDirectoryWatch(directory, onEvent, startWatch);
        watches.set(directory, watch);
        failure = (await watch.renew()) ?? failure;
      }
      return failure;
    },
    close: () => [...watches.keys()].forEach(drop),
  };
}

/** @returns undefined for what is no symbolic link, or doesn't exist */
type ReadLink = (place: string) => Promise<string | undefined>;

/** Returns the directories in which a change can give the path another content: those of the file and of each link to it. */
export async function directoriesOf(file: string, readLink: ReadLink = linkTarget): Promise<string[]> {
  const directories: string[] = [];
  let rest = path.resolve(file).split(path.sep).slice(1);
  let at: string = path.sep;
  for (let links = 0; rest.length > 0 && links <= MOST_LINKS; ) {
    const [name = '', ...further] = rest;
    const place = path.join(at, name);
    const target = await readLink(place);
    if (target !== undefined || further.length === 0) directories.push(at);
    if (target === undefined) {
      [at, rest] = [place, further];
    } else {
      links += 1;
      [at, rest] = [path.sep, [...path.resolve(at, target).split(path.sep).slice(1), ...further]];
    }
  }
  return directories;
}

const linkTarget: ReadLink = (place) => readlink(place).catch(() => undefined);

/** Returns a function that reads each link once: the paths of several files begin alike, and each read wakes two threads. */
function readOnce(read: ReadLink): ReadLink {
  const known = new Map<string, ReturnType<ReadLink>>();
  return (place) => {
    const target = known.get(place) ?? read(place);
    known.set(place, target);
    return target;
  };
}
