/** Complaints of keepalived about a file with a broken structure: it exits, or misreads parts of the file. */
const BROKEN = [
  /unexpected '\{'/i,
  /unknown keyword '\}'/i,
  /unterminated quote|unmatched quote|missing terminating/i,
  /missing '\}'s or extra '\{'s/i,
  // keepalived exits at such a line, wherever it stands
  /is missing a parameter after keyword/i,
];
const UNKNOWN = /unknown keyword/i;

/**
 * Judges the output of `keepalived --config-test` for an LVS configuration. The exit code is not enough: the files of every
 * controller cause warnings (scripts without a script user, virtual servers without members), for which it is 5 or 6.
 * @param isController whether the file has the comments of a controller. An unknown keyword may then come from a newer
 *   controller, and keepalived ignores it
 */
export const isBroken = (output: string, isController: boolean): boolean =>
  BROKEN.some((pattern) => pattern.test(output)) || (!isController && UNKNOWN.test(output));

/** The number of characters that two parts of the output share. It is longer than any match of the patterns. */
const OVERLAP = 64;

/**
 * Judges output that arrives in parts, without holding all of it.
 * @returns `read` takes the next part; `isBroken` judges the parts read so far
 */
export function judgeWhileReading(isController: boolean): {
  read(part: string): void;
  isBroken(): boolean;
} {
  let end = '';
  let found = false;
  return {
    read(part) {
      if (found) return;
      found = isBroken(end + part, isController);
      end = (end + part).slice(-OVERLAP);
    },
    isBroken: () => found,
  };
}
