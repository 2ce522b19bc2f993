/** A line of a keepalived configuration, joined with the lines that continue it behind a backslash. */
export interface KeepalivedLine {
  /** number of its first line, from 1 */
  readonly line: number;
  /** the text of the lines without the joining backslashes */
  readonly raw: string;
}

export function keepalivedLines(text: string): KeepalivedLine[] {
  const lines: { line: number; raw: string }[] = [];
  let isContinued = false;
  for (const [index, raw] of text.split('\n').entries()) {
    const last = lines.at(-1);
    const isJoined = isContinued && last !== undefined;
    isContinued = raw.endsWith('\\');
    const part = isContinued ? raw.slice(0, -1) : raw;
    if (isJoined) last.raw += part;
    else lines.push({ line: index + 1, raw: part });
  }
  return lines;
}

const WORD_OR_COMMENT = /[#!].*|"((?:[^"\\]|\\.)*)"?|'((?:[^'\\]|\\.)*)'?|[{}]|[^\s"'{}#!]+/g;

/**
 * Yields the words of a line as keepalived.conf(5) divides it, including braces, without comments. It yields one word at a
 * time, because a line may have a million words, each with a match object of 200 bytes or more.
 */
export function* wordsOf(line: string): Generator<string> {
  for (const [word, weak, strong] of line.matchAll(WORD_OR_COMMENT)) {
    if (!/^[#!]/.test(word)) yield weak ?? strong ?? word;
  }
}
