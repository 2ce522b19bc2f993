import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CommandFailed } from '../../src/errors.ts';
import { createCommandRunner } from '../../src/host/command.ts';
import { cacheDirectory } from './cache-directory.ts';
import { withFileLock } from './file-lock.ts';
import { isLiving } from './living-process.ts';
import { findMirrors, type Mirrors } from './mirrors.ts';
import { ROOT_ENVIRONMENT, rootCommand } from './root-command.ts';
import type { Suite } from './suites.ts';

/** The content of a Debian tree. */
export interface RootRecipe {
  readonly suite: Suite;
  /** Debian packages beside those of debootstrap's variant minbase; NAME or NAME/SUITE as apt-get takes them */
  readonly packages: readonly string[];
  /** further packages, which another tree has too: this tree begins as a copy of that one */
  readonly beginsWith?: readonly string[];
}

const BUILD_MS = 20 * 60_000;
const DAY_MS = 24 * 60 * 60_000;
/** An older tree is made again, so that it has the mirrors' packages of this week. */
const OLDEST_MS = 7 * DAY_MS;
/** No run that began with a tree lasts as long as the difference to OLDEST_MS. */
const REMOVED_AFTER_MS = 8 * DAY_MS;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** The exit code of a program that Ctrl-C ended. */
const INTERRUPTED = 130;

const commands = createCommandRunner();

/**
 * Finds a Debian tree in the cache or makes it there, as a whole or not at all. Waits while another process makes the same
 * tree. Callers must not change it: rootCommand() gives each its own layer above it. Needs root.
 * @returns its directory
 * @throws Error one line that says what is missing and how to get it
 */
export async function prepareRoot(recipe: RootRecipe, say: (line: string) => void): Promise<string> {
  const packages = [...new Set([...recipe.packages, ...(recipe.beginsWith ?? [])])].sort();
  const name = packages.length === 0 ? recipe.suite : `${recipe.suite}-${digest(packages)}`;
  const directory = path.join(cacheDirectory(process.env), 'roots', name);
  if (await isRecent(directory)) return directory;
  if (process.getuid?.() !== 0) throw new Error('only root can make a Debian root; run this as root');
  await withFileLock(`${directory}.lock`, async () => {
    if (!(await isRecent(directory))) await make(directory, { ...recipe, packages }, say);
  });
  return directory;
}

async function make(directory: string, recipe: RootRecipe, say: (line: string) => void): Promise<void> {
  const mirrors = await findMirrors(recipe.suite, process.env);
  const partial = `${directory}.partial-${process.pid}`;
  await removeAbandoned(directory);
  await removeOutdated(path.dirname(directory));
  await mkdir(path.dirname(partial), { recursive: true });
  const removeAndExit = (): never => {
    rmSync(partial, { recursive: true, force: true });
    process.exit(INTERRUPTED);
  };
  for (const signal of SIGNALS) process.on(signal, removeAndExit);
  try {
    if (recipe.packages.length === 0) await bootstrap(partial, recipe.suite, mirrors, say);
    else await extend(partial, recipe, mirrors, say);
    await rm(directory, { recursive: true, force: true });
    await rename(partial, directory);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, removeAndExit);
  }
}

const digest = (packages: readonly string[]): string =>
  createHash('sha256').update(packages.join('\n')).digest('hex').slice(0, 12);

const isRecent = async (directory: string): Promise<boolean> => (await ageMs(directory)) < OLDEST_MS;

/** Age of a complete tree; endless where there is none. */
const ageMs = (directory: string): Promise<number> =>
  stat(path.join(directory, MADE)).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => Number.POSITIVE_INFINITY,
  );

/** Written when a tree is complete; its time is the age of the tree. */
const MADE = 'etc/debian-root-made';

/** Removes what a run left that was killed while it made this tree. */
async function removeAbandoned(directory: string): Promise<void> {
  const parent = path.dirname(directory);
  const beginning = `${path.basename(directory)}.partial-`;
  for (const name of await readdir(parent).catch(() => [])) {
    if (!name.startsWith(beginning)) continue;
    const lives = await isLiving(name.slice(beginning.length));
    if (!lives) await rm(path.join(parent, name), { recursive: true, force: true });
  }
}

/** Removes complete trees that are too old for any run: a changed list of packages leaves its old tree behind. */
export async function removeOutdated(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const age = await ageMs(path.join(parent, name));
    if (Number.isFinite(age) && age > REMOVED_AFTER_MS) {
      await rm(path.join(parent, name), { recursive: true, force: true });
    }
  }
}

async function bootstrap(
  directory: string,
  suite: Suite,
  mirrors: Mirrors,
  say: (line: string) => void,
): Promise<void> {
  say(`making a minimal Debian ${suite} in ${path.dirname(directory)} (about a minute)`);
  // debootstrap mounts a /proc in the tree; in a namespace of its own, none is left when it is killed
  const alone = [
    'unshare',
    '--mount',
    '--propagation',
    'private',
    '--pid',
    '--fork',
    '--kill-child',
  ] as const;
  const argv = [...alone, 'debootstrap', '--variant=minbase', suite, directory, mirrors.debian] as const;
  await commands.run(argv, { timeoutMs: BUILD_MS, env: mirrors.environment }).catch((error: unknown) => {
    throw new Error(whyNotBootstrapped(error, mirrors.debian), { cause: error });
  });
  await writeFile(path.join(directory, 'etc/apt/sources.list'), mirrors.sources);
  // dpkg need not flush each file to the disk: a tree that a power cut damages is made again
  await writeFile(path.join(directory, 'etc/dpkg/dpkg.cfg.d/unsafe-io'), 'force-unsafe-io\n');
  await writeFile(path.join(directory, MADE), '');
}

/** @returns one line: what is missing, and how to get it */
export function whyNotBootstrapped(error: unknown, mirror: string): string {
  if (!(error instanceof CommandFailed)) return String(error);
  if (/debootstrap.*(No such file|not found)/.test(error.output)) {
    return 'debootstrap is not installed; install it: apt-get install -y debootstrap';
  }
  const last = error.output.trim().split('\n').at(-1) ?? '';
  return `debootstrap failed: ${last} (is ${mirror} reachable? DEBIAN_MIRROR=URL names another mirror)`;
}

async function extend(
  directory: string,
  { suite, packages, beginsWith = [] }: RootRecipe,
  mirrors: Mirrors,
  say: (line: string) => void,
): Promise<void> {
  const base = await prepareRoot({ suite, packages: beginsWith }, say);
  say(`installing ${packages.length} Debian packages in a ${suite} root: ${packages.join(' ')}`);
  await commands.run(['cp', '--archive', base, directory], { timeoutMs: BUILD_MS });
  const policy = path.join(directory, 'usr/sbin/policy-rc.d');
  await writeFile(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const inRoot = (argv: readonly string[]) =>
    commands.run(rootCommand(argv, { root: directory, store: null, binds: resolverBind }), {
      timeoutMs: BUILD_MS,
      env: { ...ROOT_ENVIRONMENT, ...mirrors.environment, DEBIAN_FRONTEND: 'noninteractive' },
    });
  await inRoot(['apt-get', '-qq', 'update']);
  await inRoot(['apt-get', '-qq', '-y', '--no-install-recommends', 'install', ...packages]);
  await inRoot(['apt-get', 'clean']);
  await rm(policy);
  await writeFile(path.join(directory, MADE), '');
}

const resolverBind: Readonly<Record<string, string>> = { '/etc/resolv.conf': '/etc/resolv.conf' };
