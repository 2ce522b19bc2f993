import {
  absentInAny,
  isSameRecord,
  parseRunTimeRecord,
  type RunTimeRecord,
  type ServerNames,
} from '../../domain/run-time/run-time-record.ts';
import type { Files } from '../files.ts';

/** The records of changes without a reload. A file is read again only when it has changed. */
export interface RunTimeRecords {
  /**
   * Returns undefined when the file doesn't exist or is damaged. Compare two results with isSameRecord(): when reports run at
   * the same time, an unchanged file may be read again.
   */
  read(file: string): Promise<RunTimeRecord | undefined>;
}

export function createRunTimeRecords(files: Pick<Files, 'fingerprint' | 'readText'>): RunTimeRecords {
  const cached = new Map<string, { fingerprint: string; record: RunTimeRecord | undefined }>();
  return {
    async read(file) {
      const fingerprint = await files.fingerprint(file);
      if (fingerprint === undefined) {
        cached.delete(file);
        return undefined;
      }
      const known = cached.get(file);
      if (known?.fingerprint === fingerprint) return known.record;
      // a file that was replaced after the fingerprint is read once more at the next call
      const record = parseRunTimeRecord(await files.readText(file));
      cached.set(file, { fingerprint, record });
      return record;
    },
  };
}

/** Returns a function that reads one record as RunTimeRecords.read() does. */
export function recordReader(
  files: Pick<Files, 'fingerprint' | 'readText'>,
  file: string,
): () => Promise<RunTimeRecord | undefined> {
  const records = createRunTimeRecords(files);
  return () => records.read(file);
}

/** A worker's answer, and the servers that reports about it leave out. */
export interface AnswerWithAbsent {
  readonly answer: string;
  /** @param worker process id of the worker that answered; undefined when it is unknown */
  readonly absentOf: (worker: number | undefined) => ServerNames;
}

const MOST_ATTEMPTS = 3;

/**
 * Asks a worker for its servers, and reads its record before and after the answer. The agent writes the record before it
 * adds or removes a server, and takes an added server out of the record after the last command.
 *
 * - The record from before the answer counts, because a reload may empty the record after the answer of the old worker.
 * - The record from after the answer counts, because a change may begin between the first reading and the answer.
 * - If the two differ, a whole change may lie between them, and the answer may show a server in the middle of it. So the
 *   worker is asked again. After the last attempt, the servers of all records that were read are left out.
 */
export async function askWithAbsent(
  readRecord: () => Promise<RunTimeRecord | undefined>,
  ask: () => Promise<string>,
): Promise<AnswerWithAbsent> {
  const records = [await readRecord()];
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask();
    const [before, after] = [records.at(-1), await readRecord()];
    records.push(after);
    if (isSameRecord(before, after)) return { answer, absentOf: (worker) => absentInAny([after], worker) };
    if (attempt === MOST_ATTEMPTS) return { answer, absentOf: (worker) => absentInAny(records, worker) };
  }
}
