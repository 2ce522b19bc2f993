import type { CounterBook } from '../domain/counters.ts';
import { LOST_BOOK, parseCounters, serialiseCounters } from '../domain/counters-file.ts';
import { reasonOf } from '../errors.ts';
import type { Files } from '../host/files.ts';
import type { ProblemLog } from './problem-log.ts';

/** What was told to the controllers, on disk, so that a restart of the agent counts nothing twice. */
export interface CounterStore {
  load(): Promise<CounterBook>;
  /** Writes soon, where something has changed; a slow disk never holds up a beat, and of several books only the newest has to arrive. */
  save(book: CounterBook): void;
  /** Resolves when nothing is left to write. */
  settled(): Promise<void>;
}

const MODE = 0o640;

/** @param file `<base_path>/stats_counters.json` */
export function createCounterStore(files: Files, file: string, problems: ProblemLog): CounterStore {
  let newest: string | undefined;
  let writing: Promise<void> | undefined;
  let written: string | undefined;

  const writeAll = async (): Promise<void> => {
    while (newest !== undefined) {
      const text = newest;
      newest = undefined;
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
    writing = undefined;
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
      const text = serialiseCounters(book.told);
      if (text === written && writing === undefined) return;
      newest = text;
      writing ??= writeAll();
    },
    async settled() {
      await writing;
    },
  };
}

function reportLost(problems: ProblemLog, file: string, reason: string): void {
  problems.report(file, 'the file cannot be read: listeners count from their current values on', { reason });
}
