import { describe, expect, it } from 'vitest';
import type { WorkerStatistics } from '../../../../src/domain/haproxy/statistics.ts';
import { serialiseDrainRecord } from '../../../../src/domain/run-time/drain-record.ts';
import { withDrainedMembers } from '../../../../src/heartbeat/sources/drained-members.ts';

const pool = (id: string, key: string) => ({
  ...{ id, key, listenerId: 'listener', status: 'UP' },
  members: new Map([
    ['drained', 'MAINT'],
    ['disabled', 'MAINT'],
    ['up', 'UP'],
  ]),
});
const STATISTICS: WorkerStatistics = {
  worker: 42,
  listeners: [],
  pools: [pool('one', 'one:listener'), pool('two', 'two:listener')],
};

const shown = async (
  backends: string[],
  worker = 42,
  isDrained = true,
): Promise<(string | undefined)[][]> => {
  const drain = { member: 'drained', backends, deadline: 1, cut: false, isDrained };
  const text = serialiseDrainRecord({ worker, drains: [drain, { ...drain, member: 'up' }] });
  const { pools } = await withDrainedMembers({ readText: async () => text }, 'drains.json', STATISTICS);
  return pools.map(({ members }) => [...members.values()]);
};
const AS_HAPROXY_SAYS = ['MAINT', 'MAINT', 'UP'];

describe('withDrainedMembers', () => {
  it('shows a drained member as DRAIN, in the pools of its drain', async () => {
    expect(await shown(['one:listener'])).toEqual([['DRAIN', 'MAINT', 'UP'], AS_HAPROXY_SAYS]);
  });

  it('finds a backend that has the id of its pool, as in API 0.5', async () => {
    expect(await shown(['two'])).toEqual([AS_HAPROXY_SAYS, ['DRAIN', 'MAINT', 'UP']]);
  });

  it('changes nothing for another worker, before the end of a drain, and without a file', async () => {
    expect(await shown(['one:listener'], 43)).toEqual([AS_HAPROXY_SAYS, AS_HAPROXY_SAYS]);
    expect(await shown(['one:listener'], 42, false)).toEqual([AS_HAPROXY_SAYS, AS_HAPROXY_SAYS]);
    const without = await withDrainedMembers({ readText: async () => undefined }, '', STATISTICS);
    expect(without).toBe(STATISTICS);
  });
});
