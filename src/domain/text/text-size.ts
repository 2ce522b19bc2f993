/** Lines of a configuration; one of 10 000 members has some 40 000. */
const MOST_LINES = 200_000;
/** Bytes of a line; haproxy takes 64 words in one. */
const LONGEST_LINE = 64 * 1024;
const LINE_FEED = 0x0a;

/**
 * What is too large about a configuration. Its size in bytes is bounded before; but what reads it takes memory and time for
 * each line, and for each word of a line.
 * @returns in words; undefined where nothing is
 */
export function oversizeOfConfiguration(text: Buffer): string | undefined {
  for (let line = 1, start = 0; start < text.length; line += 1) {
    if (line > MOST_LINES) return `more than ${MOST_LINES} lines`;
    const feed = text.indexOf(LINE_FEED, start);
    const end = feed < 0 ? text.length : feed;
    if (end - start > LONGEST_LINE) return `line ${line} is longer than ${LONGEST_LINE} bytes`;
    start = end + 1;
  }
  return undefined;
}
