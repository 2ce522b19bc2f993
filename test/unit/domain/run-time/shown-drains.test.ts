import { describe, expect, it } from 'vitest';
import type { WorkerStatistics } from '../../../../src/domain/haproxy/statistics.ts';
import { serialiseDrainRecord } from '../../../../src/domain/run-time/drain-record.ts';
import { withShownDrains } from '../../../../src/domain/run-time/shown-drains.ts';

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
  isStopping: false,
  listeners: [],
  pools: [pool('one', 'one:listener'), pool('two', 'two:listener')],
};

const shown = (backends: string[], worker = 42, isDrained = true): string[][] => {
  const drain = { member: 'drained', backends, deadline: 1, cut: false, isDrained };
  const text = serialiseDrainRecord({ worker, drains: [drain, { ...drain, member: 'up' }] });
  const { pools } = withShownDrains(STATISTICS, text);
  return pools.map(({ members }) => [...members.values()]);
};
const AS_HAPROXY_SAYS = ['MAINT', 'MAINT', 'UP'];

describe('withShownDrains', () => {
  it('shows a drained member as DRAIN, in the pools of its drain', () => {
    expect(shown(['one:listener'])).toEqual([['DRAIN', 'MAINT', 'UP'], AS_HAPROXY_SAYS]);
  });

  it('finds a backend that has the id of its pool, as in API 0.5', () => {
    expect(shown(['two'])).toEqual([AS_HAPROXY_SAYS, ['DRAIN', 'MAINT', 'UP']]);
  });

  it('changes nothing for another worker, before the end of a drain, and without a file', () => {
    expect(shown(['one:listener'], 43)).toEqual([AS_HAPROXY_SAYS, AS_HAPROXY_SAYS]);
    expect(shown(['one:listener'], 42, false)).toEqual([AS_HAPROXY_SAYS, AS_HAPROXY_SAYS]);
    expect(withShownDrains(STATISTICS, undefined)).toBe(STATISTICS);
  });
});
