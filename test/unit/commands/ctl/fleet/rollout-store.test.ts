import { describe, expect, it } from 'vitest';
import { createRolloutStore } from '../../../../../src/commands/ctl/fleet/rollout-store.ts';
import { newRollout } from '../../../../../src/domain/fleet/fleet-state.ts';
import { parseRollout } from '../../../../../src/schemas/fleet-state.ts';

const id = (number: number): string => `00000000-0000-4000-8000-00000000000${number}`;
const begun = newRollout(
  'bundle',
  [1, 2, 3].map((number) => ({ amphora: id(number), address: `192.0.2.${number}`, loadBalancer: undefined })),
  new Date('2026-11-29T10:00:00.000Z'),
);

/** Files whose writes end one after the other, when the test lets them. */
function slowFiles() {
  const written: string[] = [];
  const ends: ((fault?: Error) => void)[] = [];
  const files = {
    write: (_file: string, content: string | Uint8Array) =>
      new Promise<void>((resolve, reject) => {
        written.push(content.toString());
        ends.push((fault) => (fault === undefined ? resolve() : reject(fault)));
      }),
    remove: async () => void written.push('removed'),
  };
  return { files, written, ends };
}

const states = (text: string | undefined) => parseRollout(text ?? '').amphorae.map(({ state }) => state);

describe('the file of a rollout', () => {
  it('has a change when its promise resolves, and changes during a write share the next one', async () => {
    const { files, written, ends } = slowFiles();
    const store = createRolloutStore(files, 'file', begun);
    const first = store.change(id(1), { state: 'running' });
    await expect.poll(() => ends.length).toBe(1);
    const others = [store.change(id(2), { state: 'running' }), store.change(id(3), { state: 'held' })];
    ends[0]?.();
    await first;
    await expect.poll(() => ends.length).toBe(2);
    ends[1]?.();
    await Promise.all(others);
    expect(written.map(states)).toEqual([
      ['running', 'waiting', 'waiting'],
      ['running', 'running', 'held'],
    ]);
    await store.remove();
    expect(written.at(-1)).toBe('removed');
  });

  it('that can not be written fails the change, and is written again at the next one', async () => {
    const { files, written, ends } = slowFiles();
    const store = createRolloutStore(files, 'file', begun);
    const failed = store.change(id(1), { state: 'running' });
    await expect.poll(() => ends.length).toBe(1);
    ends[0]?.(new Error('ENOSPC'));
    await expect(failed).rejects.toThrow('ENOSPC');
    const next = store.change(id(2), { state: 'running' });
    await expect.poll(() => ends.length).toBe(2);
    ends[1]?.();
    await next;
    expect(states(written[1])).toEqual(['running', 'running', 'waiting']);
  });

  it('is not there in a dry run', async () => {
    const { files, written } = slowFiles();
    const store = createRolloutStore(files, undefined, begun);
    await store.change(id(1), { state: 'current' });
    await store.remove();
    expect({ written, state: store.rollout().amphorae[0]?.state }).toEqual({ written: [], state: 'current' });
  });
});
