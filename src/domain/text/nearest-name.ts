/** How many letters may differ: a quarter of the name, and one at least. */
const allowedDistance = (name: string): number => Math.max(1, Math.floor(name.length / 4));

/**
 * The name that somebody who mistyped probably meant.
 * @returns undefined where none is near enough
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

/** Levenshtein's distance: letters to insert, delete or replace to make one text of the other. */
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
