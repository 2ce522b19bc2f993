/** Knows an answer to `show stat` again in which nothing has changed that its reader uses. */
export interface AnswerMemory<Value> {
  /**
   * Returns the value of the last answer, if this one has the same header, as many rows, and the same first columns in each row. The
   * later columns have times that change always. Returns undefined for any other answer.
   * @param start position of the header in the answer
   */
  recall(answer: string, start: number): Value | undefined;
  /**
   * Keeps what was read from a complete answer.
   * @param columns number of the first columns that count
   */
  keep(answer: string, start: number, kept: { readonly value: Value; readonly columns: number }): void;
}

interface Kept<Value> {
  readonly answer: string;
  readonly value: Value;
  readonly columns: number;
  /** the header, and the first columns of the rows after it; each is made when it is first compared */
  readonly beginnings: string[];
  /** position in the answer of the first line without a beginning */
  next: number;
}

/** The most answers that are not compared, after answers that were different. */
const MOST_SKIPPED = 15;

/**
 * Creates a memory without an answer. With 2 000 members a comparison costs as much as reading the answer, so after each different
 * answer more of the next ones are not compared: 1, 3, 7, then 15.
 */
export function createAnswerMemory<Value>(): AnswerMemory<Value> {
  let kept: Kept<Value> | undefined;
  let [pause, skipped] = [0, 0];
  return {
    recall(answer, start) {
      if (kept === undefined || !answer.endsWith('\n\n')) return undefined;
      if (skipped < pause) {
        skipped += 1;
        return undefined;
      }
      const isKept = isSame(kept, answer, start);
      [pause, skipped] = [isKept ? 0 : Math.min(2 * pause + 1, MOST_SKIPPED), 0];
      return isKept ? kept.value : undefined;
    },
    keep(answer, start, { value, columns }) {
      kept = hasQuotes(answer) ? undefined : { answer, value, columns, beginnings: [], next: start };
    },
  };
}

/** A quoted field may contain line ends. */
const hasQuotes = (answer: string): boolean => answer.includes('"');

function isSame(kept: Kept<unknown>, answer: string, start: number): boolean {
  if (hasQuotes(answer)) return false;
  let at = start;
  let line = 0;
  for (; at < answer.length - 1; line += 1) {
    const beginning = kept.beginnings[line] ?? nextBeginning(kept);
    if (beginning === undefined || !answer.startsWith(beginning, at)) return false;
    at = answer.indexOf('\n', at + beginning.length - 1) + 1;
  }
  return line === kept.beginnings.length && nextBeginning(kept) === undefined;
}

/** @returns undefined after the last line */
function nextBeginning(kept: Kept<unknown>): string | undefined {
  const { answer, beginnings, next } = kept;
  if (next >= answer.length - 1) return undefined;
  const lineEnd = answer.indexOf('\n', next) + 1;
  const isHeader = beginnings.length === 0;
  const beginning = answer.slice(next, isHeader ? lineEnd : endOfColumns(kept, lineEnd));
  beginnings.push(beginning);
  kept.next = lineEnd;
  return beginning;
}

/** Returns the position after the comma that ends the first columns. */
function endOfColumns({ answer, next, columns }: Kept<unknown>, lineEnd: number): number {
  let end = next;
  for (let column = 0; column < columns && end > 0; column += 1) end = answer.indexOf(',', end) + 1;
  return end > 0 && end < lineEnd ? end : lineEnd;
}
