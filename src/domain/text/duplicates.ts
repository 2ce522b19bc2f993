/** Returns for each key the index of its first equal, or undefined when no earlier key is equal. */
export function earlierEquals(keys: readonly unknown[]): (number | undefined)[] {
  const first = new Map<unknown, number>();
  return keys.map((key, index) => {
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, index);
    return earlier;
  });
}
