import {
  access,
  chmod,
  constants,
  copyFile,
  mkdir,
  mkdtemp,
  realpath,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runProgram } from '../../sandbox/programs/programs.ts';
import { CommandFailed } from '../../src/errors.ts';

/** The path of haproxy in Debian, at which the agent and the tests run it. */
const INSTALLED = '/usr/sbin/haproxy';
const VARIABLE = 'HAPROXY';
/** files and directories of this machine that the haproxy under test is made of */
const parts = new Set<string>();

/** The paths that must be visible at the same place where the haproxy under test runs. */
export const haproxyParts = (): readonly string[] => [...parts];

/** of haproxy's first line: "HA-Proxy" until 2.3 */
const VERSION_LINE = /^HA-?Proxy version \d.*$/m;

/** The dynamic loader and the libraries of a Debian root (ld.so(8)), on the processor that runs this. */
const LOADERS: Readonly<Record<string, { readonly loaders: readonly string[]; readonly triplet: string }>> = {
  x64: {
    loaders: ['lib64/ld-linux-x86-64.so.2', 'usr/lib64/ld-linux-x86-64.so.2'],
    triplet: 'x86_64-linux-gnu',
  },
  arm64: {
    loaders: ['lib/ld-linux-aarch64.so.1', 'usr/lib/ld-linux-aarch64.so.1'],
    triplet: 'aarch64-linux-gnu',
  },
};

/**
 * Calls `work` with the environment variable HAPROXY set to a file that can be put in the place of the installed haproxy.
 * Without that variable it only calls it.
 * @throws Error in one line, where the file is missing, isn't executable or isn't haproxy
 */
export async function withHaproxyUnderTest<Result>(work: () => Promise<Result>): Promise<Result> {
  const given = process.env[VARIABLE];
  if (given === undefined || given === '') return work();
  const directory = await mkdtemp(path.join(tmpdir(), 'amphora-agent-haproxy-'));
  try {
    await chmod(directory, 0o755);
    const file = await startable(given, directory);
    console.log(`haproxy under test: ${await versionOf(file, given)} (${given})`);
    process.env[VARIABLE] = file;
    return await work();
  } finally {
    process.env[VARIABLE] = given;
    parts.clear();
    await rm(directory, { recursive: true });
  }
}

/**
 * To be called in a private world: puts the file that HAPROXY names in the place of the installed haproxy.
 * @throws Error in one line, where it doesn't run there
 */
export async function bindHaproxyUnderTest(): Promise<void> {
  const file = process.env[VARIABLE];
  if (file === undefined || file === '') return;
  try {
    await runProgram(['mount', '--bind', file, INSTALLED]);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new Error(`${VARIABLE}=${file} can't be put in the place of ${INSTALLED}: ${firstLine(error)}`);
  }
  await versionOf(INSTALLED, file);
}

/** @param directory for files that must be made for it @returns absolute path of the program that starts the haproxy */
async function startable(given: string, directory: string): Promise<string> {
  const file = await realpath(given).catch(() => undefined);
  if (file === undefined) throw new Error(`${VARIABLE}=${given}: no such file`);
  const isExecutable = await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!isExecutable) throw new Error(`${VARIABLE}=${given}: not an executable file`);
  const root = await rootOf(file);
  parts.add(root === undefined ? file : root.directory);
  if (root === undefined) return file;
  parts.add(directory);
  return wrapped(file, root, directory);
}

interface LibraryRoot {
  readonly directory: string;
  readonly loader: string;
  readonly libraries: readonly string[];
}

/**
 * The unpacked system that a program lies in: the outermost directory with a loader, since /usr of a Debian root has one too.
 * @returns undefined where that is the machine's own
 */
async function rootOf(file: string): Promise<LibraryRoot | undefined> {
  const known = LOADERS[process.arch];
  let found: LibraryRoot | undefined;
  for (let root = path.dirname(file); root !== '/' && known !== undefined; root = path.dirname(root)) {
    for (const name of known.loaders) {
      const loader = await realpath(path.join(root, name)).catch(() => undefined);
      const libraries = ['lib', 'usr/lib'].map((directory) => path.join(root, directory, known.triplet));
      if (loader !== undefined) found = { directory: root, loader, libraries };
    }
  }
  return found;
}

/**
 * Makes a script that runs a program with the loader and the libraries of its root. The loader gets haproxy's name, since
 * the kernel names a process by the file that it starts; and haproxy the script's, since its master starts itself again.
 */
async function wrapped(file: string, { loader, libraries }: LibraryRoot, directory: string): Promise<string> {
  const ownLoader = path.join(directory, 'loader', path.basename(INSTALLED));
  await mkdir(path.dirname(ownLoader));
  await copyFile(loader, ownLoader);
  await chmod(ownLoader, 0o755);
  const words = [ownLoader, '--argv0', INSTALLED, '--library-path', libraries.join(':'), file];
  const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const script = path.join(directory, path.basename(INSTALLED));
  await writeFile(script, `#!/bin/sh\nexec ${quoted} "$@"\n`, { mode: 0o755 });
  return script;
}

/** @param given the path that the user named @returns the line with haproxy's version */
async function versionOf(file: string, given: string): Promise<string> {
  try {
    const { output } = await runProgram([file, '-v']);
    const line = VERSION_LINE.exec(output)?.[0];
    if (line === undefined)
      throw new Error(`${VARIABLE}=${given} is not haproxy: -v prints no version of it`);
    return line;
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new Error(`${VARIABLE}=${given} does not run: ${firstLine(error)}`);
  }
}

const firstLine = (error: CommandFailed): string => error.output.trim().split('\n')[0] || error.message;
