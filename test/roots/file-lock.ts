import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';

/**
 * Does the work while no other process holds the lock of this file, which it makes if it is missing. A process that is
 * killed loses its lock.
 * @throws Error if flock(1) ends before it has the lock
 */
export async function withFileLock<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  await mkdir(path.dirname(file), { recursive: true });
  // cat ends with its standard input, which ends with this process
  const holder = spawn('flock', ['--exclusive', file, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'close');
  try {
    const held = once(holder.stdout, 'data').then(() => true);
    const isHeld = await Promise.race([held, ended.then(() => false)]);
    if (!isHeld) throw new Error(`flock could not lock ${file}`);
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
