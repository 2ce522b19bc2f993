/** The directories of system programs in all distributions, in the order of systemd's default PATH for units. */
export const SYSTEM_DIRECTORIES = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
] as const;

/**
 * Returns a value of PATH (environ(7)) in which every system program is found.
 * @param own absolute directories that come first
 * @param inherited the PATH of this process, whose entries come second; undefined for none. Relative entries are left out,
 *   because their meaning depends on the working directory.
 */
export function searchPath(own: readonly string[], inherited: string | undefined): string {
  const given = (inherited ?? '').split(':').filter((entry) => entry.startsWith('/'));
  return [...new Set([...own, ...given, ...SYSTEM_DIRECTORIES])].join(':');
}
