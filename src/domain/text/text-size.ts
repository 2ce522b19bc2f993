/** The highest number of lines in a configuration. One with 10 000 members has some 40 000. */
const MOST_LINES = 200_000;
/** The highest number of bytes in a line. haproxy accepts 64 words in a line. */
const LONGEST_LINE = 64 * 1024;
const LINE_FEED = 0x0a;

/**
 * Names the exceeded limit of a configuration. Its size in bytes is limited elsewhere; but reading it costs memory and time
 * for each line, and for each word of a line.
 * @returns undefined when the configuration is within the limits
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
