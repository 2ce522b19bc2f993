/**
 * The unit of Octavia's image element that creates and mounts a disk in memory at boot. Images keep the keys of load
 * balancers on it. A key that arrives before the mount exists must not reach the real disk.
 */
const RAMFS_UNIT = 'certs-ramfs.service';
/**
 * The unit of Debian's octavia-agent that does the same, and the link by which the package of this agent starts it at boot. The
 * unit's file alone says nothing: it is there where keys stay on the disk, too.
 */
const DEBIAN_RAMFS_UNIT = 'octavia-agent-certs-ramfs.service';
const DEBIAN_RAMFS_LINK = `/etc/systemd/system/amphora-agent.service.wants/${DEBIAN_RAMFS_UNIT}`;
const UNIT_DIRECTORIES = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];

/** Returns the mount units of a directory, each with its possible unit files. A unit exists when one of its files does. */
export const unitsThatMount = (directory: string): { readonly unit: string; readonly files: string[] }[] => [
  ...[RAMFS_UNIT, mountUnit(directory)].map((unit) => ({
    unit,
    files: UNIT_DIRECTORIES.map((place) => `${place}/${unit}`),
  })),
  { unit: DEBIAN_RAMFS_UNIT, files: [DEBIAN_RAMFS_LINK] },
];

/** Returns the name of the mount unit of a directory (systemd.unit(5), "string escaping for inclusion in unit names"). */
function mountUnit(directory: string): string {
  const words = directory.split('/').filter((word) => word !== '');
  return `${words.map(escaped).join('-')}.mount`;
}

const escaped = (word: string, index: number): string =>
  [...Buffer.from(word)]
    .map((byte, position) => {
      const character = String.fromCharCode(byte);
      const isPlain = /[\w:.]/.test(character) && !(character === '.' && index === 0 && position === 0);
      return isPlain ? character : `\\x${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');

/** Whether fstab mounts a directory. @param fstab the text of fstab(5) */
export const isInFstab = (fstab: string, directory: string): boolean =>
  fstab.split('\n').some((line) => !/^\s*#/.test(line) && isSame(line.trim().split(/\s+/)[1], directory));

/** Whether a directory is a mount point. @param mountinfo the text of /proc/self/mountinfo (proc(5)) */
export const isMounted = (mountinfo: string, directory: string): boolean =>
  mountinfo.split('\n').some((line) => isSame(line.split(' ')[4], directory));

/**
 * Whether two directories are the same.
 * @param given with octal numbers for blanks and backslashes, as both files have it
 */
function isSame(given: string | undefined, directory: string): boolean {
  const plain = given?.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return plain?.replace(/(.)\/+$/, '$1') === directory.replace(/(.)\/+$/, '$1');
}
