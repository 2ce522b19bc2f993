import { describe, expect, it } from 'vitest';
import { createHaproxyTexts } from '../../../../src/host/haproxy/haproxy-texts.ts';

const LISTENER = 'frontend web\n    bind 10.0.0.1:80\n';

/** One file that a test may change, and how often it was read. */
function world() {
  const state: { content: string | undefined; changes: number; reads: number; broken: boolean } = {
    content: LISTENER,
    changes: 0,
    reads: 0,
    broken: false,
  };
  const texts = createHaproxyTexts({
    fingerprint: async () => (state.content === undefined ? undefined : `${state.changes}`),
    async read() {
      state.reads += 1;
      if (state.broken) throw new Error('EIO');
      return state.content === undefined ? undefined : Buffer.from(state.content);
    },
  });
  const listeners = async () => (await texts.read('haproxy.cfg'))?.listeners.map(({ id }) => id);
  return { state, listeners };
}

describe('the texts of haproxy configurations', () => {
  it('are read once for many concurrent readers, also if they are large', async () => {
    const { state, listeners } = world();
    const asked = await Promise.all(Array.from({ length: 200 }, listeners));
    expect(new Set(asked.flat())).toEqual(new Set(['web']));
    expect(await listeners()).toEqual(['web']);
    expect(state.reads).toBe(1);
  });

  it('are read again when the file has changed', async () => {
    const { state, listeners } = world();
    await listeners();
    Object.assign(state, { content: LISTENER.replace('web', 'other'), changes: 1 });
    expect(await listeners()).toEqual(['other']);
    expect(state.reads).toBe(2);
  });

  it('are dropped with the file', async () => {
    const { state, listeners } = world();
    await listeners();
    state.content = undefined;
    expect(await listeners()).toBeUndefined();
  });

  it('are tried again after an error', async () => {
    const { state, listeners } = world();
    state.broken = true;
    await expect(listeners()).rejects.toThrow('EIO');
    state.broken = false;
    expect(await listeners()).toEqual(['web']);
  });
});
