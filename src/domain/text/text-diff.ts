import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';

/** The time limit of the search for the shortest difference. Only texts without a common line come near it. */
const SEARCH_MS = 500;
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
  const shortest = createTwoFilesPatch(from, file, old, after, undefined, undefined, {
    ...OPTIONS,
    timeout: SEARCH_MS,
  });
  return shortest ?? replaced(from, file, old, after);
}

/** Returns a diff that removes every line of the old text and adds every line of the new one. */
function replaced(from: string, to: string, old: string, after: string): string {
  const [gone, come] = [linesOf(old), linesOf(after)];
  const ranges = `@@ -1,${gone.length} +1,${come.length} @@`;
  const lines = [...marked('-', gone, old), ...marked('+', come, after)];
  return [`--- ${from}`, `+++ ${to}`, ranges, ...lines, ''].join('\n');
}

const linesOf = (text: string): string[] => text.replace(/\n$/, '').split('\n');

const marked = (mark: string, lines: readonly string[], text: string): string[] => [
  ...lines.map((line) => `${mark}${line}`),
  ...(text.endsWith('\n') ? [] : ['\\ No newline at end of file']),
];
