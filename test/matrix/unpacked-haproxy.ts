import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CommandFailed } from '../../src/errors.ts';
import { type Argv, createCommandRunner } from '../../src/host/command.ts';
import { cacheDirectory } from '../roots/cache-directory.ts';
import { type HaproxyRelease, packageSource, whyNoMirror } from './haproxy-versions.ts';

/** A haproxy of another system, with the libraries that it needs. */
export interface UnpackedHaproxy {
  /** path of the program */
  readonly program: string;
  /** of the package */
  readonly version: string;
}

/** Why a release can't be had, in one line. */
export class Unavailable extends Error {}

const COMMAND_MS = 10 * 60_000;
/** Older packages are fetched again. */
const OLDEST_MS = 7 * 24 * 60 * 60_000;
/** Written when all is unpacked: the version of the package. */
const MADE = 'version';

const commands = createCommandRunner();

/**
 * Finds a release of haproxy in the cache, or unpacks it there with the packages that it depends on. Nothing is installed:
 * apt-get works with lists and a state of its own.
 * @throws Unavailable
 */
export async function unpackHaproxy(
  release: HaproxyRelease,
  say: (line: string) => void,
): Promise<UnpackedHaproxy> {
  const noMirror = whyNoMirror(release, process.env);
  if (noMirror !== undefined) throw new Unavailable(noMirror);
  const reasons: string[] = [];
  for (const suite of release.suites) {
    try {
      return await unpackFrom(release, suite, say);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      reasons.push(error.message);
    }
  }
  throw new Unavailable(reasons.join('; '));
}

async function unpackFrom(
  release: HaproxyRelease,
  suite: string,
  say: (line: string) => void,
): Promise<UnpackedHaproxy> {
  const directory = path.join(cacheDirectory(process.env), 'haproxy', suite);
  if (!(await isRecent(directory))) {
    const partial = `${directory}.partial-${process.pid}`;
    say(`unpacking haproxy of ${release.distribution} ${suite} in ${path.dirname(directory)}`);
    try {
      await makeRoot(partial, release, suite);
      await rm(directory, { recursive: true, force: true });
      await rename(partial, directory);
    } catch (error) {
      throw new Unavailable(reasonOf(error), { cause: error });
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  }
  const version = await readFile(path.join(directory, MADE), 'utf8');
  if (!version.startsWith(`${release.version}.`)) {
    throw new Unavailable(`${release.distribution} ${suite} has haproxy ${version}`);
  }
  return { program: path.join(directory, 'root/usr/sbin/haproxy'), version };
}

const isRecent = async (directory: string): Promise<boolean> => {
  const made = await stat(path.join(directory, MADE)).catch(() => undefined);
  return made !== undefined && Date.now() - made.mtimeMs < OLDEST_MS;
};

async function makeRoot(directory: string, release: HaproxyRelease, suite: string): Promise<void> {
  const source = packageSource(release, suite, process.env);
  if (!existsSync(source.keyring)) {
    throw new Unavailable(`${source.keyring} is missing: apt-get install -y ${source.keyringPackage}`);
  }
  const apt = path.join(directory, 'apt');
  await mkdir(path.join(apt, 'lists/partial'), { recursive: true });
  await mkdir(path.join(apt, 'cache/archives/partial'), { recursive: true });
  await writeFile(path.join(apt, 'status'), '');
  await writeFile(path.join(apt, 'sources.list'), source.text);
  const aptGet = (...args: string[]) => run(['apt-get', '-qq', ...aptOptions(apt), ...args]);
  await aptGet('update');
  await aptGet('--yes', '--no-install-recommends', '--download-only', 'install', 'haproxy');
  const archives = path.join(apt, 'cache/archives');
  let version = '';
  for (const file of (await readdir(archives)).filter((name) => name.endsWith('.deb')).sort()) {
    await run(['dpkg-deb', '--extract', path.join(archives, file), path.join(directory, 'root')]);
    if (file.startsWith('haproxy_')) version = decodeURIComponent(file.split('_')[1] ?? '');
  }
  await rm(apt, { recursive: true });
  await writeFile(path.join(directory, MADE), version);
}

/** apt-get sees nothing of this machine's own packages and settings (apt.conf(5)), but for its proxy. */
function aptOptions(directory: string): string[] {
  const settings = {
    'Dir::State': directory,
    'Dir::State::status': path.join(directory, 'status'),
    'Dir::Cache': path.join(directory, 'cache'),
    'Dir::Etc::sourcelist': path.join(directory, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    // a mirror that doesn't answer is an error
    'APT::Update::Error-Mode': 'any',
    // the cache may be where apt's own user can't write
    'APT::Sandbox::User': 'root',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

const run = (argv: Argv) => commands.run(argv, { timeoutMs: COMMAND_MS });

function reasonOf(error: unknown): string {
  if (error instanceof CommandFailed) {
    const lines = error.output.trim().split('\n');
    return lines.find((line) => line.startsWith('E: ')) ?? (lines.at(-1) || error.message);
  }
  return error instanceof Error ? error.message : String(error);
}
