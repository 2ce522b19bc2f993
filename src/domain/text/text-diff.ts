import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';

/** Time to look for the shortest difference of two texts that have nothing in common; other texts take far less. */
const SEARCH_MS = 500;
const CONTEXT_LINES = 3;
const OPTIONS = { context: CONTEXT_LINES, headerOptions: FILE_HEADERS_ONLY };

/**
 * What would change in a file, as diff(1) writes it with `-u`.
 * @param before undefined where there is no such file
 * @returns '' where nothing would
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

/** Every line of the one goes, every line of the other comes. */
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
