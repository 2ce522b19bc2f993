import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { changedLines } from './changed-lines.ts';
import { occurrences } from './occurrences.ts';

/** The time limit of the search for the shortest difference. */
const SEARCH_MS = 500;
/** With more lines on both sides, the search does not end within its time, and takes memory all the while. */
const MOST_CHANGED_LINES = 4000;
const NO_END = '\n\\ No newline at end of file\n';
const CONTEXT_LINES = 3;
const OPTIONS = { context: CONTEXT_LINES, headerOptions: FILE_HEADERS_ONLY };

/**
 * Returns the change of a file in the format of `diff -u`.
 * @param before undefined when the file doesn't exist
 * @returns '' when nothing changes
 */
export function unifiedDiff(file: string, before: string | undefined, after: string): string {
  if (before === after) return '';
  const [from, old] = before === undefined ? ['/dev/null', ''] : [file, before];
  const { added, removed } = changedLines(before, after);
  // lines that are only added or only removed may be found at once, however many they are
  const isHopeless = added > 0 && removed > 0 && added + removed > MOST_CHANGED_LINES;
  if (isHopeless) return replaced(from, file, old, after);
  const shortest = createTwoFilesPatch(from, file, old, after, undefined, undefined, {
    ...OPTIONS,
    timeout: SEARCH_MS,
  });
  return shortest ?? replaced(from, file, old, after);
}

/** Returns a diff that removes every line of the old text and adds every line of the new one. */
function replaced(from: string, to: string, old: string, after: string): string {
  const ranges = `@@ -${range(old)} +${range(after)} @@`;
  return `--- ${from}\n+++ ${to}\n${ranges}\n${marked('-', old)}${marked('+', after)}`;
}

/** Returns the numbers of a text's first line and of its lines. */
const range = (text: string): string => (text === '' ? '0,0' : `1,${lineCount(text)}`);

const lineCount = (text: string): number => occurrences(text, '\n') + (text.endsWith('\n') ? 0 : 1);

/** Puts the mark before each line. One replacement in the whole text takes far less memory than a string for each line. */
const marked = (mark: string, text: string): string =>
  text === '' ? '' : `${mark}${text.replace(/\n(?!$)/g, `\n${mark}`)}${text.endsWith('\n') ? '' : NO_END}`;
