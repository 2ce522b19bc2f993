import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Argv } from '../../src/host/command.ts';
import { SYSTEM_PATH } from './programs.ts';

/** A program that runs until it is stopped. */
export interface LongRunning {
  /** process id of the program in this pid namespace */
  readonly pid: number;
  running(): boolean;
  /** Returns the output so far of both streams (the last 512 KiB). */
  output(): string;
  /** Waits until the output matches. @throws Error if the program ends or WAIT_MS passes before that */
  printed(pattern: RegExp): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Resolves when the program has ended. Its child processes may still hold its streams. */
  ended(): Promise<void>;
  /** Sends SIGTERM, and SIGKILL after the grace time (ms). Resolves when the program has ended. */
  stop(graceMs?: number): Promise<void>;
}

export interface LongRunningOptions {
  /** called with each piece of output */
  readonly onOutput?: (text: string) => void;
}

const OUTPUT_LIMIT = 512 * 1024;
const POLL_MS = 20;
/** How long to wait for what comes at once, but not on a busy machine: milliseconds. */
export const WAIT_MS = 60_000;

/** Starts a program with only PATH, HOME and LC_ALL in its environment. @throws Error if it can't be started */
export async function startLongRunning(argv: Argv, options: LongRunningOptions = {}): Promise<LongRunning> {
  const [program, ...args] = argv;
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: SYSTEM_PATH, HOME: '/root', LC_ALL: 'C.UTF-8' },
  });
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const output = collectOutput(child, options);
  const pid = await startedPid(child);
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  const signal = (name: NodeJS.Signals): void => void child.kill(name);
  return {
    pid,
    running,
    output,
    signal,
    ended: () => exit,
    async printed(pattern) {
      await until(() => {
        if (pattern.test(output())) return true;
        if (!running()) throw new Error(`${argv.join(' ')} ended: ${output()}`);
        return false;
      });
    },
    async stop(graceMs = 5000) {
      signal('SIGTERM');
      const force = setTimeout(() => signal('SIGKILL'), graceMs);
      await exit;
      clearTimeout(force);
    },
  };
}

function collectOutput(child: ChildProcess, options: LongRunningOptions): () => string {
  let output = '';
  const take = (chunk: string): void => {
    output = (output + chunk).slice(-OUTPUT_LIMIT);
    options.onOutput?.(chunk);
  };
  child.stdout?.setEncoding('utf8').on('data', take);
  child.stderr?.setEncoding('utf8').on('data', take);
  return () => output;
}

function startedPid(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => {
      if (child.pid !== undefined) resolve(child.pid);
    });
  });
}

/** Waits until the condition holds. @throws Error after the time (ms), or the error of the condition */
export async function until(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = WAIT_MS,
  what = 'condition',
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await sleep(POLL_MS);
  }
}

/** Returns the process id of the only child of a process (proc(5), children); undefined while it has none. */
export async function onlyChildOf(pid: number): Promise<number | undefined> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const first = children.trim().split(' ')[0];
  return first === undefined || first === '' ? undefined : Number(first);
}
