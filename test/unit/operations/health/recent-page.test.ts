import { describe, expect, it } from 'vitest';
import { createRecentPage, KEPT_MS } from '../../../../src/operations/health/recent-page.ts';

/** A page whose text counts, and a clock that stands. */
function scene() {
  let [time, made] = [0, 0];
  const recent = createRecentPage(() => time);
  const make = async () => {
    made += 1;
    return { html: `${made}`, policy: '' };
  };
  return {
    wait(ms: number) {
      time += ms;
    },
    get: async () => (await recent.get(make)).html,
    fail: () => recent.get(() => Promise.reject(new Error('failed'))),
  };
}

describe('the page of the status', () => {
  it('is made once for all browsers that ask at the same time, and again when it is old', async () => {
    const { get, wait } = scene();
    expect(await Promise.all([get(), get(), get()])).toEqual(['1', '1', '1']);
    wait(KEPT_MS - 1);
    expect(await get()).toBe('1');
    wait(1);
    expect(await get()).toBe('2');
  });

  it('is made again after a failure', async () => {
    const { get, fail } = scene();
    await expect(fail()).rejects.toThrow('failed');
    expect(await get()).toBe('1');
  });
});
