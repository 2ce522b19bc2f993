import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createRecentRequests, createRing } from '../../../src/domain/recent-events.ts';

it('a ring has its newest entries, the oldest first', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 20 }), (added, capacity) => {
      const ring = createRing<number>(capacity);
      for (const one of added) ring.add(one);
      expect(ring.entries()).toEqual(added.slice(-capacity));
    }),
  );
});

it('the recent requests are 200 at most, each with the beginning of its path', () => {
  const requests = createRecentRequests();
  for (let at = 0; at < 300; at += 1) {
    requests.add({ at, method: 'GET', path: `/${'x'.repeat(10_000)}`, status: 404, milliseconds: 1 });
  }
  expect(requests.entries()).toHaveLength(200);
  expect(requests.entries()[0]).toMatchObject({ at: 100, path: `/${'x'.repeat(199)}` });
});
