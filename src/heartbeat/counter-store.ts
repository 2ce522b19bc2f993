import type { CounterBook } from '../domain/heartbeat/counters.ts';
import { LOST_BOOK, parseCounters, serialiseCounters } from '../domain/heartbeat/counters-file.ts';
import { reasonOf } from '../errors.ts';
import type { Files } from '../host/files.ts';
import type { ProblemLog } from './problem-log.ts';

/** What was told to the controllers, on disk, so that a restart of the agent counts nothing twice. */
export interface CounterStore {
  load(): Promise<CounterBook>;
  /**
   * Writes soon, where it differs from what is written; of several books only the newest has to arrive.
   * @returns what resolves when nothing is left to write; undefined where nothing is. A failure is logged
   */
  save(book: CounterBook): Promise<void> | undefined;
  /** Resolves when nothing is left to write. */
  settled(): Promise<void>;
}

const MODE = 0o640;

/** @param file `<base_path>/stats_counters.json` */
export function createCounterStore(files: Files, file: string, problems: ProblemLog): CounterStore {
  let newest: CounterBook | undefined;
  let isWriting = false;
  let writing = Promise.resolve();
  let written: string | undefined;

  const writeAll = async (): Promise<void> => {
    isWriting = true;
    while (newest !== undefined) {
      const book = newest;
      newest = undefined;
      const text = serialiseCounters(book);
      if (text === undefined || text === written) continue;
      written = undefined;
      try {
        await files.write(file, text, { mode: MODE });
        written = text;
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
        if (book.lost === 'all') reportLost(problems, file, 'not what it should be');
        return book;
      } catch (error) {
        reportLost(problems, file, reasonOf(error));
        return LOST_BOOK;
      }
    },
    save(book) {
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
