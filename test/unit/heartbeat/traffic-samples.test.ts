import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { WorkerCounters } from '../../../src/domain/heartbeat/counters.ts';
import { SLOT_MS, trafficRates } from '../../../src/domain/metrics/traffic-history.ts';
import type { Observations } from '../../../src/heartbeat/sources/collect.ts';
import { withSamples } from '../../../src/heartbeat/traffic-samples.ts';

const counters = (bin: number, parts: Partial<WorkerCounters> = {}): WorkerCounters => ({
  ...{ bin, bout: 0, ereq: 0, stot: 0, worker: 1 },
  ...parts,
});
const draining = (worker: number, bin: number) => new Map([[worker, { bin, bout: 0, ereq: 0, stot: 0 }]]);

describe('the samples of a source', () => {
  let now = 0;
  beforeEach(() => {
    now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    return () => vi.restoreAllMocks();
  });

  /** Observes the listener once in each slot. @returns its bytes a second */
  async function observe(...observed: readonly (WorkerCounters | undefined)[]) {
    const next = [...observed];
    const source = withSamples({
      observe: async (): Promise<Observations> => ({
        listeners: [{ id: 'L', status: 'OPEN', connections: 0, counters: next.shift() }],
        ...{ pools: [], stopped: [], configured: new Set(['L']), version: 3 },
      }),
    });
    for (let count = 0; count < observed.length; count += 1) {
      await source.observe(1);
      now += SLOT_MS;
    }
    const { present, series } = source.history();
    return series.map((one) => trafficRates(one, present).bytes_in)[0];
  }

  it('are the growth since the observation before', async () => {
    expect((await observe(counters(5000), counters(5300), counters(5300)))?.slice(0, 2)).toEqual([10, 0]);
  });

  it('do not rise when a worker is replaced, drains its connections and ends', async () => {
    const rates = await observe(
      counters(5000),
      counters(30, { worker: 2, draining: draining(1, 5000) }),
      counters(30, { worker: 2, draining: draining(1, 5030) }),
      counters(60, { worker: 2, draining: new Map() }),
    );
    expect(rates?.slice(0, 3)).toEqual([1, 1, 1]);
  });

  it('pass over an observation without counters', async () => {
    expect((await observe(counters(0), undefined, counters(600)))?.slice(0, 2)).toEqual([10, 10]);
  });

  it('are no growth while the source returns the same object', async () => {
    const at = (bin: number): Observations => ({
      listeners: [{ id: 'L', status: 'OPEN', connections: 0, counters: counters(bin) }],
      ...{ pools: [], stopped: [], configured: new Set(['L']), version: 3 },
    });
    const [first, second] = [at(0), at(300)];
    const next = [first, second, second, second, at(600)];
    const source = withSamples({ observe: async () => next.shift() ?? second });
    for (let count = 0; count < 5; count += 1) {
      await source.observe(1);
      now += SLOT_MS;
    }
    const { present, series } = source.history();
    expect(series.map((one) => trafficRates(one, present).bytes_in.slice(0, 4))).toEqual([[10, 0, 0, 10]]);
  });
});
