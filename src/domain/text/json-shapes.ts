/** A JSON object. */
export type JsonRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the list of objects under a key, empty when the key is absent. @throws SyntaxError for any other value */
export function recordsIn(content: JsonRecord, key: string): JsonRecord[] {
  const value = content[key] ?? [];
  if (!Array.isArray(value) || !value.every(isRecord))
    throw new SyntaxError(`${key} is not a list of objects`);
  return value;
}

/** Returns the number under a key. @throws SyntaxError unless it is a whole number that isn't negative */
export function wholeNumberIn(content: JsonRecord, key: string): number {
  const value = content[key];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw new SyntaxError(`${key} ${JSON.stringify(value)} is not a whole number`);
  }
  return value;
}

/** Returns the text under a key. @throws SyntaxError unless it is a text */
export function textIn(content: JsonRecord, key: string): string {
  const value = content[key];
  if (typeof value !== 'string') throw new SyntaxError(`${key} ${JSON.stringify(value)} is not a text`);
  return value;
}

/** Whether a JSON value contains more objects and lists than a given number. */
export function hasMoreParts(value: unknown, most: number): boolean {
  let left = most;
  const count = (one: unknown): boolean => {
    if (typeof one !== 'object' || one === null) return false;
    left -= 1;
    return left < 0 || Object.values(one).some(count);
  };
  return count(value);
}
