/** For each key, the index of the first that is equal to it, where that comes before it. */
export function earlierEquals(keys: readonly unknown[]): (number | undefined)[] {
  const first = new Map<unknown, number>();
  return keys.map((key, index) => {
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, index);
    return earlier;
  });
}
