/**
 * Returns whether a version of haproxy is at least this one.
 * @param version for example `2.6.12-1+deb12u4`; a text without a version counts as the oldest
 */
export function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [, ownMajor = '0', ownMinor = '0'] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(ownMajor) > major || (Number(ownMajor) === major && Number(ownMinor) >= minor);
}
