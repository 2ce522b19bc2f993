/** The size of a difference between two texts, in lines. */
export interface ChangedLines {
  readonly added: number;
  readonly removed: number;
}

/**
 * Counts the lines that only one of two texts has. It takes time in proportion to the texts, unlike a shortest difference. So
 * lines that only moved do not count.
 * @param before undefined: there was no text
 */
export function changedLines(before: string | undefined, after: string): ChangedLines {
  if (before === after) return { added: 0, removed: 0 };
  const left = new Map<string, number>();
  let removed = 0;
  for (const line of linesOf(before ?? '')) {
    left.set(line, (left.get(line) ?? 0) + 1);
    removed += 1;
  }
  let added = 0;
  for (const line of linesOf(after)) {
    const count = left.get(line) ?? 0;
    if (count === 0) added += 1;
    else {
      left.set(line, count - 1);
      removed -= 1;
    }
  }
  return { added, removed };
}

/** Yields one line after the other: a list of them would take more memory than the text. */
function* linesOf(text: string): Generator<string> {
  let start = 0;
  while (start < text.length) {
    const end = text.indexOf('\n', start);
    yield text.slice(start, end < 0 ? undefined : end);
    start = end < 0 ? text.length : end + 1;
  }
}
