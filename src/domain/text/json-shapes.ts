/** A JSON object. */
export type JsonRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The list of objects under a key; empty where the key is absent. @throws SyntaxError for anything else */
export function recordsIn(content: JsonRecord, key: string): JsonRecord[] {
  const value = content[key] ?? [];
  if (!Array.isArray(value) || !value.every(isRecord)) throw new SyntaxError(`${key} is no list of objects`);
  return value;
}

/** @throws SyntaxError unless the key holds a whole number that isn't negative */
export function wholeNumberIn(content: JsonRecord, key: string): number {
  const value = content[key];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw new SyntaxError(`${key} ${JSON.stringify(value)} is no whole number`);
  }
  return value;
}

/** @throws SyntaxError unless the key holds a text */
export function textIn(content: JsonRecord, key: string): string {
  const value = content[key];
  if (typeof value !== 'string') throw new SyntaxError(`${key} ${JSON.stringify(value)} is no text`);
  return value;
}

/** Whether a JSON value has more objects and lists in it than a number. */
export function hasMoreParts(value: unknown, most: number): boolean {
  let left = most;
  const count = (one: unknown): boolean => {
    if (typeof one !== 'object' || one === null) return false;
    left -= 1;
    return left < 0 || Object.values(one).some(count);
  };
  return count(value);
}
