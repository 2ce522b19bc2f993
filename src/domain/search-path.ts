/** Where distributions have the programs of the system, in the order of systemd's own default for its units. */
export const SYSTEM_DIRECTORIES = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
] as const;

/**
 * A value of PATH (environ(7)) with which every program of the system is found.
 * @param own absolute directories that come first
 * @param inherited the PATH that is given to this process, which comes second; undefined for none. Relative entries are left
 *   out: what they mean depends on the working directory.
 */
export function searchPath(own: readonly string[], inherited: string | undefined): string {
  const given = (inherited ?? '').split(':').filter((entry) => entry.startsWith('/'));
  return [...new Set([...own, ...given, ...SYSTEM_DIRECTORIES])].join(':');
}
