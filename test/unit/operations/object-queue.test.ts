import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createObjectQueue } from '../../../src/operations/object-queue.ts';

describe('the queue of operations', () => {
  it('runs the operations on one object in their order, never two at once', async () => {
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

  it('runs operations on other objects at the same time', async () => {
    const queue = createObjectQueue();
    let release = (): void => undefined;
    const blocked = queue.run('one', () => new Promise<void>((resolve) => (release = resolve)));
    await expect(queue.run('other', async () => 'done')).resolves.toBe('done');
    release();
    await blocked;
  });

  it('goes on after a failed operation, and reports the failure to its caller only', async () => {
    const queue = createObjectQueue();
    const failing = queue.run('lb', async () => {
      throw new Error('no');
    });
    const next = queue.run('lb', async () => 'next');
    await expect(failing).rejects.toThrow('no');
    await expect(next).resolves.toBe('next');
  });
});
