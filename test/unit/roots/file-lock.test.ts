import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withFileLock } from '../../roots/file-lock.ts';

describe('the lock of a file', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'file-lock-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('lets one piece of work run at a time, also after one that failed', async () => {
    const file = path.join(directory, 'new/a.lock');
    let running = 0;
    const work = async (): Promise<number> => {
      running += 1;
      const seen = running;
      for (let count = 0; count < 20; count += 1) await turn();
      running -= 1;
      return seen;
    };
    const failing = withFileLock(file, () => work().then(() => Promise.reject(new Error('no root'))));
    const outcomes = await Promise.allSettled([failing, withFileLock(file, work), withFileLock(file, work)]);
    expect(outcomes).toMatchObject([
      { reason: new Error('no root') },
      { status: 'fulfilled', value: 1 },
      { status: 'fulfilled', value: 1 },
    ]);
  });

  it('is refused for a file that cannot be made', async () => {
    const file = path.join(directory, `${'a'.repeat(300)}.lock`);
    await expect(withFileLock(file, async () => undefined)).rejects.toThrow('could not lock');
  });
});
