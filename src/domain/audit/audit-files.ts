/** The largest file, except for its last line: bytes. */
export const FILE_BYTES = 1024 * 1024;
/** The number of files that are kept. */
export const KEPT_FILES = 8;
/** The file that knows the last line. It shows when lines at the end of the log were removed. */
export const HEAD_FILE = 'head.json';

const NAME = /^audit-(\d{6,15})\.jsonl$/;

/** Returns the name of a file of the log. @param number counts the files since the first one, which is 1 */
export const auditFileName = (number: number): string => `audit-${`${number}`.padStart(6, '0')}.jsonl`;

/** Returns the number of a file of the log; undefined for any other file. */
export function auditFileNumber(name: string): number | undefined {
  const number = Number(NAME.exec(name)?.[1] ?? Number.NaN);
  return auditFileName(number) === name ? number : undefined;
}

/** Returns the numbers of the files of the log in a directory, the oldest first. */
export const auditFileNumbers = (names: readonly string[]): number[] =>
  names
    .map(auditFileNumber)
    .filter((number) => number !== undefined)
    .sort((a, b) => a - b);

/** Returns the number of the oldest file that a complete log has. */
export const oldestKept = (newest: number): number => Math.max(1, newest - KEPT_FILES + 1);
