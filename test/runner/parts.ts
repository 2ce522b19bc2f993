import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { REPOSITORY } from '../repository.ts';
import type { Group } from './group-names.ts';
import { LONG_FILES } from './long-files.ts';

/** The seconds that a file takes on average, if LONG_FILES does not have it. */
const OTHERS_S = 9;

/**
 * @param without folders of the group whose files are left out
 * @returns the paths of a group's test files in the repository (`test/unit/….test.ts`), sorted
 */
export async function testFiles(group: Group, without: readonly string[] = []): Promise<string[]> {
  const names = await readdir(path.join(REPOSITORY, 'test', group), { recursive: true });
  return names
    .filter((name) => name.endsWith('.test.ts') && !without.some((folder) => name.startsWith(`${folder}/`)))
    .map((name) => path.posix.join('test', group, name))
    .sort();
}

/**
 * Splits test files into parts that take about the same time. Each file is in exactly one part.
 * @param seconds of the files that take long
 */
export function balancedParts(
  files: readonly string[],
  count: number,
  seconds: Readonly<Record<string, number>> = LONG_FILES,
): string[][] {
  const parts = Array.from({ length: count }, () => ({ files: [] as string[], seconds: 0 }));
  const timeOf = (file: string): number => seconds[file] ?? OTHERS_S;
  for (const file of files.toSorted((one, other) => timeOf(other) - timeOf(one))) {
    const shortest = parts.reduce((one, other) => (other.seconds < one.seconds ? other : one));
    shortest.files.push(file);
    shortest.seconds += timeOf(file);
  }
  return parts.map((part) => part.files.sort());
}
