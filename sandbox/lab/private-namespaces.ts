import { access, constants, mkdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SYSTEM_DIRECTORIES } from '../../src/domain/search-path.ts';
import type { Argv } from '../../src/host/command.ts';
import { runProgram } from '../programs/programs.ts';

export interface PrivateNamespacesOptions {
  /** whether the caller is root; other users get a user namespace in which they are root */
  readonly root: boolean;
  /** whether newuidmap and /etc/subuid can map the other ids too; if not, root is the only user inside */
  readonly subordinateIds?: boolean;
}

/**
 * Returns the command that runs `argv` in its own mount, network, pid and uts namespaces. When the command ends or is
 * killed, everything inside ends. Standard streams and inherited descriptors pass through. `tini` reaps orphans.
 */
export function privateNamespacesCommand(argv: readonly string[], options: PrivateNamespacesOptions): Argv {
  const user = ['--user', '--map-root-user', ...(options.subordinateIds ? ['--map-auto'] : [])];
  return [
    'unshare',
    ...[
      '--mount',
      '--propagation',
      'private',
      '--net',
      '--uts',
      '--pid',
      '--fork',
      '--mount-proc',
      '--kill-child',
    ],
    ...(options.root ? [] : user),
    ...['tini', '-s', '--', ...argv],
  ];
}

/** The directories that can be written inside without changing the host's files. */
const OVERLAID = ['/etc', '/var/lib', '/usr/lib', '/usr/local'];
/** The directories that are empty inside at first, whatever the host has there. */
const EMPTIED = [
  '/run',
  '/var/lib/octavia',
  '/etc/octavia',
  '/etc/netns',
  '/etc/sysctl.d',
  '/usr/lib/systemd/system',
];
const STORE = '/run/overlay';
/** The commands of an amphora. Octavia's Python packages install programs with the same names. */
export const AMPHORA_COMMANDS = [
  'amphora-agent',
  'amphora-interface',
  'haproxy-vrrp-check',
  'amphora-health-checker',
  'prometheus-proxy',
];
/** The file that exists only in private namespaces, where bridges and namespaces may be made. */
export const PRIVATE_WORLD_MARKER = '/run/amphora-private-world';
const PCI_RESCAN = '/sys/bus/pci/rescan';

const tmpfs = (directory: string): Argv => ['mount', '-t', 'tmpfs', '-o', 'mode=0755', 'private', directory];
const bind = (from: string, to: string): Argv => ['mount', '--bind', from, to];

/**
 * Returns the commands that hide the host's state in new mount and pid namespaces, whose mount points already exist:
 * empty state directories, read-only sysctls except those of the network, no rescan of the host's PCI bus.
 */
export function hidingMounts(hasPciBus: boolean): Argv[] {
  return [
    ...EMPTIED.map(tmpfs),
    bind('/proc/sys', '/proc/sys'),
    bind('/proc/sys/net', '/proc/sys/net'),
    ['mount', '-o', 'remount,bind,ro', '/proc/sys'],
    ...(hasPciBus ? [bind('/dev/null', PCI_RESCAN)] : []),
    ['ip', 'link', 'set', 'lo', 'up'],
  ];
}

export const hasPciBus = (): Promise<boolean> => exists(PCI_RESCAN);

/**
 * Prepares the namespaces of privateNamespacesCommand(); must run first inside them. Changes to /run, /etc, /var/lib and
 * so on disappear with the namespaces. Brings `lo` up. Can run again in nested namespaces.
 * @param options.keepsHostCommands whether the host's installed commands of an amphora stay visible. By default they are
 *   hidden, so that only the commands of this project are found, as on a machine without Octavia's packages.
 * @throws Error if a directory of the host would be changed
 */
export async function preparePrivateNamespaces(
  options: { readonly keepsHostCommands?: boolean } = {},
): Promise<void> {
  await runProgram(tmpfs('/run'));
  for (const tree of OVERLAID) await overlay(tree);
  if (options.keepsHostCommands !== true) await hideHostCommands();
  for (const command of hidingMounts(await hasPciBus())) await runProgram(command);
  await mapAccounts();
  await writeFile(PRIVATE_WORLD_MARKER, '');
}

/** Returns whether preparePrivateNamespaces() has run in these namespaces or in outer ones. */
export const isPrivateWorld = (): Promise<boolean> => exists(PRIVATE_WORLD_MARKER);

/**
 * Makes the tree writable in these namespaces only, and adds its missing mount points. The kernel allows two stacked
 * overlays at most, so a tree that has its mount points gets no further overlay.
 */
async function overlay(tree: string): Promise<void> {
  const mountPoints = EMPTIED.filter((directory) => directory.startsWith(`${tree}/`));
  try {
    await mountOverlay(tree);
  } catch (error) {
    const missing = (await Promise.all(mountPoints.map(exists))).includes(false);
    if (missing) throw error;
    return;
  }
  for (const directory of mountPoints) await mkdir(directory, { recursive: true });
}

/** Mounts an overlay. @throws Error if that fails, because writes to the tree would change the host's files */
async function mountOverlay(tree: string): Promise<void> {
  const store = path.join(STORE, tree.replaceAll('/', '_'));
  const [upper, work] = [path.join(store, 'upper'), path.join(store, 'work')];
  await mkdir(upper, { recursive: true });
  await mkdir(work);
  const layers = `lowerdir=${tree},upperdir=${upper},workdir=${work}`;
  try {
    await runProgram(['mount', '-t', 'overlay', '-o', layers, 'overlay', tree]);
  } catch (error) {
    throw new Error(`overlayfs can't be mounted on ${tree}`, { cause: error });
  }
}

/**
 * Hides the commands of an amphora in every directory of the system, in these namespaces only. A directory without such
 * commands stays as it is. In the others, file systems mounted on files disappear, because overlayfs shows one file system.
 */
async function hideHostCommands(): Promise<void> {
  const directories = await Promise.all(SYSTEM_DIRECTORIES.map((name) => realpath(name).catch(() => name)));
  for (const directory of new Set(directories)) {
    const commands = await programsIn(directory, AMPHORA_COMMANDS);
    if (commands.length === 0) continue;
    await mountOverlay(directory);
    for (const command of commands) await rm(command);
  }
}

/** @returns the paths of the executable files in the directory that have one of the names */
async function programsIn(directory: string, names: readonly string[]): Promise<string[]> {
  const files = names.map((name) => path.join(directory, name));
  const areRunnable = await Promise.all(
    files.map((file) =>
      access(file, constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return files.filter((_, index) => areRunnable[index]);
}

/** Makes `nobody` and `nogroup` other names of root if root is the only user (no subordinate ids). */
async function mapAccounts(): Promise<void> {
  if (mapsId(await readFile('/proc/self/uid_map', 'utf8'), 65534)) return;
  const nobody = 'nobody:x:0:0:nobody:/nonexistent:/usr/sbin/nologin';
  await replaceFile('/etc/passwd', (text) => text.replace(/^nobody:.*$/m, nobody));
  await replaceFile('/etc/group', (text) => text.replace(/^nogroup:.*$/m, 'nogroup:x:0:'));
}

/** Returns whether a /proc/PID/uid_map (lines "inside outside count", user_namespaces(7)) maps an id of the inside. */
export function mapsId(uidMap: string, id: number): boolean {
  return uidMap.split('\n').some((line) => {
    const [first, , count] = line.trim().split(/\s+/).map(Number);
    return first !== undefined && count !== undefined && id >= first && id < first + count;
  });
}

async function replaceFile(file: string, change: (text: string) => string): Promise<void> {
  const replacement = path.join('/run', path.basename(file));
  await writeFile(replacement, change(await readFile(file, 'utf8')), { mode: 0o644 });
  await runProgram(bind(replacement, file));
}

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );
