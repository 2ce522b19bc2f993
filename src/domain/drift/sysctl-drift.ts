/**
 * Returns the settings that have another value.
 * @param wanted lines `KEY=VALUE`
 * @param shown output of sysctl(8) for the keys; a key that the kernel doesn't have is missing in it
 */
export function sysctlDrift(
  wanted: readonly string[],
  shown: string,
): { readonly key: string; readonly wanted: string; readonly seen: string }[] {
  const seen = new Map(shown.split('\n').map((line) => partsOf(line)));
  return wanted.flatMap((line) => {
    const [key, value] = partsOf(line);
    const found = seen.get(key);
    return found === undefined || found === value ? [] : [{ key, wanted: value, seen: found }];
  });
}

function partsOf(line: string): [key: string, value: string] {
  const [key = '', ...value] = line.split('=');
  return [key.trim(), value.join('=').trim().replaceAll(/\s+/g, ' ')];
}
