import type { TimedFile } from './vitest-report.ts';

const FILES = 20;

/**
 * @returns a line for each of the files that took the longest, with the group, the seconds and the longest test of each
 */
export function slowestLines(files: readonly (TimedFile & { readonly group: string })[]): string[] {
  return files
    .toSorted((one, other) => other.ms - one.ms)
    .slice(0, FILES)
    .map(({ group, file, ms, slowestTest }) => {
      const longest =
        slowestTest === undefined ? '' : `; longest test: ${seconds(slowestTest.ms)} s ${slowestTest.title}`;
      return `${seconds(ms).padStart(7)} s  ${group} ${file}${longest}`;
    });
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1);
