import type { TimedFile } from './vitest-report.ts';

/** The number of files in the list, unless all of them are wanted. */
const FILES = 10;

/**
 * Describes the test files of a run that took the longest.
 * @param showsAll lists every file instead of ten
 * @returns a line a file (the seconds, the group, the file, its longest test), the slowest first; no lines when so few
 *   files ran that every one of them would be listed
 */
export function slowestLines(
  files: readonly (TimedFile & { readonly group: string })[],
  showsAll = false,
): string[] {
  if (!showsAll && files.length <= FILES) return [];
  return files
    .toSorted((one, other) => other.ms - one.ms)
    .slice(0, showsAll ? files.length : FILES)
    .map(({ group, file, ms, slowestTest }) => {
      const longest =
        slowestTest === undefined ? '' : `; longest test: ${seconds(slowestTest.ms)} s ${slowestTest.title}`;
      return `${seconds(ms).padStart(7)} s  ${group} ${file}${longest}`;
    });
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1);
