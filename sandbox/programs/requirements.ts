import { access, constants, readFile } from 'node:fs/promises';
import path from 'node:path';
import { CommandFailed } from '../../src/errors.ts';
import { privateNamespacesCommand } from '../lab/private-namespaces.ts';
import { runProgram, SYSTEM_PATH } from './programs.ts';

/** The programs that the sandbox runs, each with its Debian package. */
const PROGRAMS: Readonly<Record<string, string>> = {
  unshare: 'util-linux',
  nsenter: 'util-linux',
  mount: 'mount',
  tini: 'tini',
  ip: 'iproute2',
  haproxy: 'haproxy',
  keepalived: 'keepalived',
  curl: 'curl',
  openssl: 'openssl',
  perl: 'perl-base',
};

/** The facts about this machine that decide whether the sandbox can run. */
export interface MachineFacts {
  readonly root: boolean;
  readonly missingPrograms: readonly string[];
  /** whether newuidmap can map more than one id for this user */
  readonly subordinateIds: boolean;
  /** output of a failed attempt to make private namespaces; undefined if it succeeded or was not made */
  readonly refusal: string | undefined;
  /** values of the sysctls that can forbid user namespaces; undefined for a sysctl that this kernel doesn't have */
  readonly switches: Readonly<Record<string, string | undefined>>;
}

const SWITCHES: Readonly<Record<string, { readonly forbids: string; readonly allows: string }>> = {
  'kernel.unprivileged_userns_clone': { forbids: '0', allows: '1' },
  'user.max_user_namespaces': { forbids: '0', allows: '10000' },
  'kernel.apparmor_restrict_unprivileged_userns': { forbids: '1', allows: '0' },
};

/** Returns one text for each reason why no sandbox can run on this machine, with a remedy; empty if it can run. */
export function whyNoSandbox(facts: MachineFacts): string[] {
  if (facts.missingPrograms.length > 0) {
    const packages = [...new Set(facts.missingPrograms.map((program) => PROGRAMS[program] ?? program))];
    const programs = facts.missingPrograms.join(', ');
    return [`not installed: ${programs}; on Debian or Ubuntu: sudo apt-get install -y ${packages.join(' ')}`];
  }
  if (facts.refusal === undefined) return [];
  const reason = facts.refusal.trim().replaceAll(/\s*\n\s*/g, '; ');
  if (facts.root) return [`root may not make namespaces here (a container without --privileged?): ${reason}`];
  const hints = Object.entries(SWITCHES)
    .filter(([name, { forbids }]) => facts.switches[name]?.trim() === forbids)
    .map(([name, { allows }]) => `sudo sysctl -w ${name}=${allows}`);
  return [
    `only root may make namespaces here: ${reason}`,
    `run it as root${hints.length === 0 ? '' : `, or allow user namespaces: ${hints.join('; ')}`}`,
  ];
}

/** Examines this machine, and tries to make private namespaces. @param root whether the caller is root */
export async function examineMachine(root: boolean): Promise<MachineFacts> {
  const found = await Promise.all(
    Object.keys(PROGRAMS).map(async (name) => ((await findProgram(name)) ? [] : [name])),
  );
  const missingPrograms = found.flat();
  const subordinateIds = !root && missingPrograms.length === 0 && (await canMapSubordinateIds());
  return {
    root,
    missingPrograms,
    subordinateIds,
    refusal: missingPrograms.length > 0 || subordinateIds ? undefined : await tryNamespaces(root),
    switches: Object.fromEntries(
      await Promise.all(Object.keys(SWITCHES).map(async (name) => [name, await readSwitch(name)] as const)),
    ),
  };
}

/** Returns the absolute path of a program of the system; undefined if it isn't installed. */
async function findProgram(name: string): Promise<string | undefined> {
  for (const directory of SYSTEM_PATH.split(':')) {
    const file = path.join(directory, name);
    try {
      await access(file, constants.X_OK);
      return file;
    } catch {
      // the program is not in this directory
    }
  }
  return undefined;
}

async function canMapSubordinateIds(): Promise<boolean> {
  if ((await findProgram('newuidmap')) === undefined) return false;
  return (await tryNamespaces(false, true)) === undefined;
}

async function tryNamespaces(root: boolean, subordinateIds = false): Promise<string | undefined> {
  const attempt = ['mount', '-t', 'tmpfs', 'attempt', '/run'];
  try {
    await runProgram(privateNamespacesCommand(attempt, { root, subordinateIds }));
    return undefined;
  } catch (error) {
    if (error instanceof CommandFailed) return error.output === '' ? error.message : error.output;
    throw error;
  }
}

const readSwitch = (name: string): Promise<string | undefined> =>
  readFile(path.join('/proc/sys', name.replaceAll('.', '/')), 'utf8').catch(() => undefined);
