import path from 'node:path';

/** A Debian tree that a command sees as its whole file system. */
export interface RootView {
  /** the tree */
  readonly root: string;
  /** a directory that takes all changes, so that the tree stays as it is; null: they go to the tree itself */
  readonly store: string | null;
  /** files and directories of this machine that the command sees: path here → path in the tree */
  readonly binds?: Readonly<Record<string, string>>;
}

const SCRIPT = path.join(import.meta.dirname, 'enter-root.sh');

/**
 * The command that runs `argv` as root in a Debian tree, in mount, pid, ipc and uts namespaces of its own. The network
 * is this machine's. When the command ends or is killed, everything that it started ends with it.
 */
export function rootCommand(
  argv: readonly string[],
  { root, store, binds = {} }: RootView,
): [string, ...string[]] {
  const namespaces = [
    '--mount',
    '--propagation',
    'private',
    '--pid',
    '--ipc',
    '--uts',
    '--fork',
    '--kill-child',
  ];
  const mounts = Object.entries(binds).map(([outside, inside]) => `${outside}:${inside}`);
  return ['unshare', ...namespaces, 'sh', SCRIPT, root, store ?? '-', ...mounts, '--', ...argv];
}

/** The environment that a login as root on a new Debian has. */
export const ROOT_ENVIRONMENT: Readonly<Record<string, string>> = {
  HOME: '/root',
  USER: 'root',
  LOGNAME: 'root',
  SHELL: '/bin/bash',
  TERM: 'dumb',
  LANG: 'C.UTF-8',
  // names a file of this machine that a root lacks
  NODE_EXTRA_CA_CERTS: '',
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
};
