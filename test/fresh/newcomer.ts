import { spawn } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { AUTHORITIES_INSIDE, findMirrors } from '../roots/mirrors.ts';
import { ROOT_ENVIRONMENT, rootCommand } from '../roots/root-command.ts';
import type { Suite } from '../roots/suites.ts';
import { CLONE, NEWCOMER, SOURCE_INSIDE, type Step } from './steps.ts';

/** A person with a new machine: root, and an ordinary user. */
export interface Newcomer {
  /** Runs a step. @returns its exit code, undefined after a signal, and both streams of its output */
  run(step: Pick<Step, 'user' | 'argv' | 'inClone' | 'limitMs'>): Promise<StepResult>;
  /** whether an ordinary user may make user namespaces here */
  mayMakeNamespaces(): Promise<boolean>;
}

export interface StepResult {
  readonly exitCode: number | undefined;
  readonly output: string;
}

/** A fresh root that is the newcomer's alone, and the bare repository to clone from. */
export interface FreshMachine {
  readonly suite: Suite;
  readonly root: string;
  readonly source: string;
}

const SHORT_MS = 60_000;

/** Adds an ordinary user to the machine. @throws Error if that fails */
export async function createNewcomer({ suite, root, source }: FreshMachine): Promise<Newcomer> {
  const { authorities, environment } = await findMirrors(suite, process.env);
  // Copied, not mounted: no overlayfs is made in a user namespace of a directory that has a mount in it.
  await copyFile('/etc/resolv.conf', path.join(root, 'etc/resolv.conf'));
  if (authorities !== undefined) await copyFile(authorities, path.join(root, AUTHORITIES_INSIDE));
  const binds = { [source]: SOURCE_INSIDE };
  const inside = (argv: readonly string[], limitMs: number): Promise<StepResult> =>
    runToEnd(
      rootCommand(argv, { root, store: null, binds }),
      { ...ROOT_ENVIRONMENT, ...environment },
      limitMs,
    );
  const added = await inside(['useradd', '--create-home', '--shell', '/bin/bash', NEWCOMER], SHORT_MS);
  if (added.exitCode !== 0) throw new Error(`no user could be added in the root: ${added.output}`);
  // the repository belongs to another user than the newcomer, which git refuses by default
  await inside(['git', 'config', '--system', '--add', 'safe.directory', SOURCE_INSIDE], SHORT_MS);
  return {
    run: ({ user, argv, inClone, limitMs }) => inside(asUser(user, argv, inClone), limitMs),
    async mayMakeNamespaces() {
      const attempt = asUser(NEWCOMER, ['unshare', '--user', '--map-root-user', '--mount', 'true'], false);
      return (await inside(attempt, SHORT_MS)).exitCode === 0;
    },
  };
}

/** The command as that user, in the home directory or in the clone there. */
function asUser(user: Step['user'], argv: readonly string[], inClone: boolean): string[] {
  const home = user === 'root' ? '/root' : `/home/${user}`;
  const change = [
    'env',
    `--chdir=${inClone ? `${home}/${CLONE}` : home}`,
    `HOME=${home}`,
    `USER=${user}`,
    `LOGNAME=${user}`,
  ];
  const become =
    user === 'root' ? [] : ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--init-groups', '--'];
  return [...change, ...become, ...argv];
}

/** Standard input is empty; the environment has only the given variables. */
function runToEnd(
  [program, ...args]: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>>,
  limitMs: number,
): Promise<StepResult> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...environment, PATH: ROOT_ENVIRONMENT['PATH'] },
    timeout: limitMs,
    // only SIGKILL makes unshare end its children at once
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ exitCode: code ?? undefined, output }));
  });
}
