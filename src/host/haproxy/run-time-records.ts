import {
  absentInAny,
  isSameRecord,
  parseRunTimeRecord,
  type RunTimeRecord,
  type ServerNames,
} from '../../domain/run-time/run-time-record.ts';
import type { Files } from '../files.ts';
import { createParsedFiles, type ParsedFiles } from '../parsed-files.ts';

/**
 * The records of changes without a reload: undefined when the file is damaged. Compare two results with isSameRecord(): when
 * reports run at the same time, an unchanged file may be read again.
 */
export type RunTimeRecords = ParsedFiles<RunTimeRecord | undefined>;

export const createRunTimeRecords = (files: Pick<Files, 'fingerprint' | 'readText'>): RunTimeRecords =>
  createParsedFiles(files, (file) => files.readText(file), parseRunTimeRecord);

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

type ReadRecord = () => RunTimeRecord | undefined | Promise<RunTimeRecord | undefined>;

const MOST_ATTEMPTS = 3;

/**
 * Asks a worker for its servers, and reads its record before and after the answer. The agent writes the record before it
 * adds or removes a server, and takes an added server out of the record after the last command.
 *
 * - The record from before the answer counts, because a reload may empty the record after the answer of the old worker.
 * - The record from after the answer counts, because a change may begin between the first reading and the answer.
 * - If the two differ, a whole change may lie between them, and the answer may show a server in the middle of it. So the
 *   worker is asked again. After the last attempt, the servers of all records that were read are left out.
 *
 * @param readFirst reads the record before the first answer; default: readRecord
 */
export async function askWithAbsent(
  readRecord: ReadRecord,
  ask: () => Promise<string>,
  readFirst: ReadRecord = readRecord,
): Promise<AnswerWithAbsent> {
  const records = [await readFirst()];
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask();
    const [before, after] = [records.at(-1), await readRecord()];
    records.push(after);
    if (isSameRecord(before, after)) return { answer, absentOf: (worker) => absentInAny([after], worker) };
    if (attempt === MOST_ATTEMPTS) return { answer, absentOf: (worker) => absentInAny(records, worker) };
  }
}
