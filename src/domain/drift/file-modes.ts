const FOR_OTHERS = 0o077;
const FOR_OWNER = 0o700;

/**
 * Compares permission bits. Counts as different: rights of others that are not wanted, and missing rights of the owner.
 * @returns both as octal numbers; undefined when there is no difference
 */
export function modeDrift(
  seen: number,
  wanted: number,
): { readonly wanted: string; readonly seen: string } | undefined {
  const isOpen = (seen & FOR_OTHERS & ~wanted) !== 0;
  const lacks = (wanted & FOR_OWNER & ~seen) !== 0;
  return isOpen || lacks ? { wanted: `mode ${octal(wanted)}`, seen: `mode ${octal(seen)}` } : undefined;
}

const octal = (mode: number): string => mode.toString(8).padStart(4, '0');
