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

/** Whether a JSON value has objects and lists inside each other, more levels than a number. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  let inside = [value];
  for (let level = 0; level <= levels && inside.length > 0; level += 1) {
    inside = inside.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
  return inside.length > 0;
}
