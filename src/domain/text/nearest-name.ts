/** Returns how many letters may differ: a quarter of the name, and at least one. */
const allowedDistance = (name: string): number => Math.max(1, Math.floor(name.length / 4));

/**
 * Returns the known name that is closest to a mistyped one.
 * @returns undefined when no known name is close enough
 */
export function nearestName(typed: string, known: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let least = allowedDistance(typed) + 1;
  for (const name of known) {
    const distance = editDistance(typed, name);
    if (distance < least) [nearest, least] = [name, distance];
  }
  return nearest;
}

/** Returns the Levenshtein distance: the number of letters to insert, delete or replace to turn one text into the other. */
function editDistance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...from].entries()) {
    const line = [row + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = (above[column] ?? 0) + Number(letter !== other);
      const deleted = (above[column + 1] ?? 0) + 1;
      const inserted = (line[column] ?? 0) + 1;
      line.push(Math.min(replaced, deleted, inserted));
    }
    above = line;
  }
  return above.at(-1) ?? 0;
}
