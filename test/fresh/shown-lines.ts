import { stripVTControlCharacters } from 'node:util';

const LAST_LINES = 100;
const LONGEST_LINE = 300;
/** The lines in which vitest names a failed test or its error. */
const FAILURE = /[×✗]|\bFAIL\b|Error: /;

/**
 * Returns the lines of a failed step that tell why it failed: each line that names a failed test or an error, and the last
 * lines. A line is cut after 300 characters.
 */
export function shownLines(output: string): string[] {
  const lines = stripVTControlCharacters(output).trimEnd().split('\n');
  const end = lines.slice(-LAST_LINES);
  const failures = lines.slice(0, -LAST_LINES).filter((line) => FAILURE.test(line));
  return [...failures, ...end].map((line) => line.slice(0, LONGEST_LINE));
}
