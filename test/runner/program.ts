import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';

export const REPOSITORY = path.resolve(import.meta.dirname, '../..');
const PROGRAMS = path.join(REPOSITORY, 'node_modules/.bin');
const TIMEOUT_MS = 30 * 60_000;

/** Where a program's output goes: to this process's streams, or a line at a time to a function. */
export type Output = 'inherit' | ((line: string) => void);

/**
 * Runs one of the project's programs.
 * @param timeoutMs 0 for no limit
 * @returns its exit code; undefined after a signal
 */
export function run(
  command: readonly [string, ...string[]],
  { output = 'inherit', timeoutMs = TIMEOUT_MS }: { output?: Output; timeoutMs?: number } = {},
): Promise<number | undefined> {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    cwd: REPOSITORY,
    stdio: output === 'inherit' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    // only SIGKILL makes unshare end what it started at once
    killSignal: 'SIGKILL',
    env: { ...process.env, PATH: `${PROGRAMS}:${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
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
