import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { REPOSITORY } from '../repository.ts';

const PROGRAMS = path.join(REPOSITORY, 'node_modules/.bin');
/** Longer than CI lasts at most, which is 90 minutes, so that no long run by hand is cut off. */
const TIMEOUT_MS = 100 * 60_000;

/** Where a program's output goes: to this process's streams, or a line at a time to a function. */
export type Output = 'inherit' | ((line: string) => void);

export interface RunOptions {
  readonly output?: Output;
  /** 0 for no limit */
  readonly timeoutMs?: number;
  /** set beside this process's own variables */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Runs one of the project's programs.
 * @returns its exit code; undefined after a signal
 */
export function run(
  command: readonly [string, ...string[]],
  { output = 'inherit', timeoutMs = TIMEOUT_MS, environment = {} }: RunOptions = {},
): Promise<number | undefined> {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    cwd: REPOSITORY,
    stdio: output === 'inherit' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    // only SIGKILL makes unshare end its children at once
    killSignal: 'SIGKILL',
    env: {
      ...process.env,
      ...environment,
      PATH: `${PROGRAMS}:${environment['PATH'] ?? process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
    },
  });
  if (output !== 'inherit') {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface(stream).on('line', output);
    }
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? undefined));
  });
}
