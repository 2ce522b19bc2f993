import type { CounterBook } from '../domain/heartbeat/counters.ts';
import { LOST_BOOK, parseCounters, serialiseCounters } from '../domain/heartbeat/counters-file.ts';
import { reasonOf } from '../errors.ts';
import type { Files } from '../host/files.ts';
import type { ProblemLog } from './problem-log.ts';

/** The counters that heartbeats have reported, on disk, so that the agent reports no traffic twice after a restart. */
export interface CounterStore {
  load(): Promise<CounterBook>;
  /**
   * Writes the counters soon, if they differ from the file. If several calls wait, only the newest counters are written.
   * Logs a failure.
   * @returns a promise that resolves when everything is written; undefined if there is nothing to write
   */
  save(book: CounterBook): Promise<void> | undefined;
  /** Resolves when everything is written. */
  settled(): Promise<void>;
}

const MODE = 0o640;

/** @param file `<base_path>/stats_counters.json` */
export function createCounterStore(files: Files, file: string, problems: ProblemLog): CounterStore {
  let newest: CounterBook | undefined;
  let isWriting = false;
  let writing = Promise.resolve();
  let written: string | undefined;
  /** counters that the file has */
  let stored: CounterBook | undefined;

  const writeAll = async (): Promise<void> => {
    isWriting = true;
    while (newest !== undefined) {
      const book = newest;
      newest = undefined;
      const text = serialiseCounters(book);
      if (text === undefined) continue;
      if (text === written) {
        stored = book;
        continue;
      }
      [written, stored] = [undefined, undefined];
      try {
        await files.write(file, text, { mode: MODE });
        [written, stored] = [text, book];
        problems.clear(file);
      } catch (error) {
        const advice =
          'the file cannot be written: after a restart of the agent traffic may be counted twice; see the disk';
        problems.report(file, advice, { reason: reasonOf(error) });
      }
    }
    isWriting = false;
  };

  return {
    async load() {
      try {
        const book = parseCounters(await files.readText(file));
        if (book.lost === 'all') reportLost(problems, file, 'its content is invalid');
        return book;
      } catch (error) {
        reportLost(problems, file, reasonOf(error));
        return LOST_BOOK;
      }
    },
    save(book) {
      if (book === stored && !isWriting) return undefined;
      newest = book;
      if (!isWriting) writing = writeAll();
      return isWriting ? writing : undefined;
    },
    settled: () => writing,
  };
}

function reportLost(problems: ProblemLog, file: string, reason: string): void {
  problems.report(file, 'the file cannot be read: listeners count from their current values on', { reason });
}
