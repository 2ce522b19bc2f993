import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLocks, createTriedLocks } from '../../../src/host/locks.ts';

const LOCKS = path.resolve(import.meta.dirname, '../../../src/host/locks.ts');
const scope = `test ${process.pid}`;

describe('a lock among processes', () => {
  it('is held by one process at a time, and released after a failure too', async () => {
    const events: string[] = [];
    const hold = createLocks(scope);
    const held = Promise.withResolvers<void>();
    const first = hold('a', async () => {
      await held.promise;
      events.push('first ends');
      throw new Error('failed');
    });
    const second = createLocks(scope)('a', async () => events.push('second'));
    await hold('b', async () => events.push('another'));
    held.resolve();
    await expect(first).rejects.toThrow('failed');
    await second;
    expect(events).toEqual(['another', 'first ends', 'second']);
  });

  it('is not waited for by a caller that only tries it', async () => {
    const tried = createTriedLocks(scope);
    const held = Promise.withResolvers<void>();
    const holding = createLocks(scope)('d', () => held.promise);
    await expect.poll(() => tried('d', async () => 'taken')).toBeUndefined();
    held.resolve();
    await holding;
    expect(await tried('d', async () => 'taken')).toEqual({ result: 'taken' });
    expect(await tried('d', async () => 'taken twice')).toEqual({ result: 'taken twice' });
  });

  it('of a process that was killed is free', async () => {
    const program = `
      const { createLocks } = await import(${JSON.stringify(LOCKS)});
      await createLocks(${JSON.stringify(scope)})('c', async () => {
        console.log('held');
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      });`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    let isHeld = false;
    const taken = createLocks(scope)('c', async () => {
      isHeld = true;
    });
    expect(isHeld).toBe(false);
    child.kill('SIGKILL');
    await taken;
    expect(isHeld).toBe(true);
  });
});
