/** What keepalived says of a file whose structure is broken, so that it ends, or reads parts of it as something else. */
const BROKEN = [
  /unexpected '\{'/i,
  /unknown keyword '\}'/i,
  /unterminated quote|unmatched quote|missing terminating/i,
  /missing '\}'s or extra '\{'s/i,
  // keepalived ends at such a line, whatever follows it
  /is missing a parameter after keyword/i,
];
const UNKNOWN = /unknown keyword/i;

/**
 * Judges what `keepalived --config-test` printed of a configuration for LVS. Its exit code can't tell: the files of every
 * controller have warnings (scripts without a script user, virtual servers without members), for which it is 5 or 6.
 * @param isController whether the file has the comments of a controller: then a keyword that this keepalived doesn't know
 *   may come from a newer controller, and keepalived passes over it
 */
export const isBroken = (output: string, isController: boolean): boolean =>
  BROKEN.some((pattern) => pattern.test(output)) || (!isController && UNKNOWN.test(output));

/** Longer than what the patterns match. */
const OVERLAP = 64;

/**
 * The same judgement of an output that comes in parts and is never held as a whole.
 * @returns `read` takes the next part; `isBroken` judges what was read
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
