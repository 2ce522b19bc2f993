import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { CounterBook } from '../../../src/domain/heartbeat/counters.ts';
import { EMPTY_BOOK } from '../../../src/domain/heartbeat/counters.ts';
import { LOST_BOOK } from '../../../src/domain/heartbeat/counters-file.ts';
import { createCounterStore } from '../../../src/heartbeat/counter-store.ts';
import { createProblemLog } from '../../../src/heartbeat/problem-log.ts';
import { createFiles, type Files } from '../../../src/host/files.ts';

const problems = createProblemLog(pino({ level: 'silent' }));
const bookOf = (bin: number): CounterBook => ({
  reported: new Map([['L', { bin, bout: 0, ereq: 0, stot: 0 }]]),
  lost: new Set(),
});

describe('the store of the counters', () => {
  it('goes on while the disk is full, and writes when there is space again', async () => {
    const written: string[] = [];
    let full = true;
    const files: Files = {
      ...createFiles(),
      async write(_file, content) {
        if (full) throw new Error('ENOSPC');
        written.push(String(content));
      },
    };
    const store = createCounterStore(files, '/counters', problems);
    await store.save(bookOf(1));
    full = false;
    await store.save(bookOf(2));
    expect(written).toEqual(['{"L":{"bin":2,"bout":0,"ereq":0,"stot":0}}']);
  });

  it('writes only the newest counters of those that came while the disk was slow', async () => {
    const written: string[] = [];
    const slow = Promise.withResolvers<void>();
    const files: Files = {
      ...createFiles(),
      async write(_file, content) {
        await slow.promise;
        written.push(String(content));
      },
    };
    const store = createCounterStore(files, '/counters', problems);
    for (const bin of [1, 2, 3]) void store.save(bookOf(bin));
    slow.resolve();
    await store.settled();
    expect(written.map((text) => JSON.parse(text).L.bin)).toEqual([1, 3]);
  });

  it('writes neither unchanged counters nor lost ones', async () => {
    let writes = 0;
    const files: Files = {
      ...createFiles(),
      async write() {
        writes += 1;
      },
    };
    const store = createCounterStore(files, '/counters', problems);
    await store.save(LOST_BOOK);
    await store.save(bookOf(1));
    await store.save(bookOf(1));
    expect(writes).toBe(1);
  });

  it('counts from current values when the disk cannot be read', async () => {
    const files: Files = {
      ...createFiles(),
      readText: async () => {
        throw new Error('EIO');
      },
    };
    expect(await createCounterStore(files, '/counters', problems).load()).toEqual(LOST_BOOK);
  });

  it('starts from zero without a file', async () => {
    expect(await createCounterStore(createFiles(), '/no/such/file', problems).load()).toEqual(EMPTY_BOOK);
  });
});
