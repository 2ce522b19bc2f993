import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
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

  it('runs one operation for all of its kind that wait at the end, and gives each its result', async () => {
    const queue = createObjectQueue();
    const events: string[] = [];
    const once = (name: string) =>
      queue.runOnce('lb', 'reload', async () => {
        events.push(name);
        await delay(5);
        return name;
      });
    const first = once('first');
    await delay(1);
    const later = [once('second'), once('third'), once('fourth')];
    expect(await Promise.all([first, ...later])).toEqual(['first', 'second', 'second', 'second']);
    expect(events).toEqual(['first', 'second']);
  });

  it('joins no operation that lies before another one, is of another kind or on another object', async () => {
    const queue = createObjectQueue();
    const events: string[] = [];
    const note = (name: string) => async () => {
      events.push(name);
    };
    await Promise.all([
      queue.run('lb', () => delay(5)),
      queue.runOnce('lb', 'reload', note('reload')),
      queue.run('lb', note('upload')),
      queue.runOnce('lb', 'reload', note('reload after the upload')),
      queue.runOnce('lb', 'reload in API 0.5', note('reload of another kind')),
      queue.runOnce('other', 'reload', note('reload of another object')),
    ]);
    expect(events).toEqual([
      'reload of another object',
      'reload',
      'upload',
      'reload after the upload',
      'reload of another kind',
    ]);
  });

  it('reports the failure of such an operation to all who joined it', async () => {
    const queue = createObjectQueue();
    const busy = queue.run('lb', () => delay(5));
    const failing = () =>
      queue.runOnce('lb', 'reload', async () => {
        throw new Error('no');
      });
    const results = await Promise.allSettled([failing(), failing()]);
    await busy;
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(queue.runOnce('lb', 'reload', async () => 'next')).resolves.toBe('next');
  });

  it('runs an operation that does not wait only on a free object', async () => {
    const queue = createObjectQueue();
    const busy = queue.run('lb', () => delay(5));
    expect(queue.isBusy('lb')).toBe(true);
    expect(await queue.runIfFree('lb', async () => 'no')).toBeUndefined();
    await busy;
    await vi.waitUntil(() => !queue.isBusy('lb'));
    const events: string[] = [];
    const first = queue.runIfFree('lb', async () => {
      await delay(5);
      events.push('first');
      return 'done';
    });
    await queue.run('lb', async () => events.push('second'));
    expect(await first).toEqual({ result: 'done' });
    expect(events).toEqual(['first', 'second']);
    await expect(queue.runIfFree('lb', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await vi.waitUntil(() => !queue.isBusy('lb'));
  });

  it('has a free object for the next operation that does not wait', async () => {
    const queue = createObjectQueue();
    for (const name of ['first', 'second'])
      expect(await queue.runIfFree('lb', async () => name)).toEqual({ result: name });
    await expect(queue.runIfFree('lb', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(queue.isBusy('lb')).toBe(false);
  });
});
