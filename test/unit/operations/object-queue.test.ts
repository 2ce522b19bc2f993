import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createObjectQueue } from '../../../src/operations/object-queue.ts';

describe('ObjectQueue', () => {
  it('runs operations on one object in the order they came, never two at once', async () => {
    const queue = createObjectQueue();
    const events: string[] = [];
    const operation = (name: string, milliseconds: number) => async () => {
      events.push(`${name} begins`);
      await delay(milliseconds);
      events.push(`${name} ends`);
    };
    await Promise.all([
      queue.run('lb', operation('first', 20)),
      queue.run('lb', operation('second', 1)),
      queue.run('lb', operation('third', 1)),
    ]);
    expect(events).toEqual([
      'first begins',
      'first ends',
      'second begins',
      'second ends',
      'third begins',
      'third ends',
    ]);
  });

  it('lets operations on other objects run meanwhile', async () => {
    const queue = createObjectQueue();
    let release = (): void => undefined;
    const blocked = queue.run('one', () => new Promise<void>((resolve) => (release = resolve)));
    await expect(queue.run('other', async () => 'done')).resolves.toBe('done');
    release();
    await blocked;
  });

  it('goes on after an operation that failed, and tells only its caller', async () => {
    const queue = createObjectQueue();
    const failing = queue.run('lb', async () => {
      throw new Error('no');
    });
    const next = queue.run('lb', async () => 'next');
    await expect(failing).rejects.toThrow('no');
    await expect(next).resolves.toBe('next');
  });
});
