import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBodyBudget } from '../../../../src/http/requests/body-budget.ts';

describe('the memory budget for bodies', () => {
  it('is never exceeded, and every request gets its share in the end', async () => {
    const work = fc.record({ bytes: fc.nat(100), turns: fc.nat(5) });
    await fc.assert(
      fc.asyncProperty(fc.array(work, { maxLength: 30 }), async (works) => {
        const budget = createBodyBudget(100);
        let held = 0;
        let most = 0;
        const done = works.map(({ bytes, turns }) =>
          budget.hold(bytes, async () => {
            held += bytes;
            most = Math.max(most, held);
            for (let count = 0; count < turns; count += 1) await turn();
            held -= bytes;
            return bytes;
          }),
        );
        expect(await Promise.all(done)).toEqual(works.map(({ bytes }) => bytes));
        expect(most).toBeLessThanOrEqual(100);
      }),
    );
  });

  it('is released by a request that fails', async () => {
    const budget = createBodyBudget(10);
    await expect(budget.hold(10, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await budget.hold(10, () => Promise.resolve('served'))).toBe('served');
  });

  it('serves small requests while a large one waits', async () => {
    const budget = createBodyBudget(10);
    const order: string[] = [];
    const first = Promise.withResolvers<void>();
    const works = [
      budget.hold(6, () => first.promise),
      budget.hold(8, async () => void order.push('much')),
      budget.hold(4, async () => void order.push('little')),
    ];
    await turn();
    expect(order).toEqual(['little']);
    first.resolve();
    await Promise.all(works);
    expect(order).toEqual(['little', 'much']);
  });
});
