import { describe, expect, it } from 'vitest';
import { driftMarkdown, missedRows, type RepairFigures } from '../../bench/drift/rows.ts';

const row = (change: Partial<RepairFigures>): RepairFigures => ({
  ...{ name: 'vip', what: 'VIP deleted', isByDrift: true, seenSeconds: 17, repairedSeconds: 17.25 },
  isReportOnly: false,
  ...{ requests: 1500, lostBeforeSeen: 0, lostAfterSeen: 0, ...change },
});

describe('the table of bench:drift', () => {
  it('has the times, the lost requests, and what missed a bound', () => {
    const rows = [
      row({ lostBeforeSeen: 9, lostAfterSeen: 1 }),
      row({ what: 'haproxy killed', isByDrift: false, seenSeconds: undefined, repairedSeconds: 0.9 }),
      row({ what: 'rule deleted', lostAfterSeen: 1 }),
    ];
    expect(driftMarkdown(rows).split('\n').slice(2)).toEqual([
      '| VIP deleted | 17.0 | 17.3 | 1500 | 9 | 1 |  |',
      '| haproxy killed | – | 0.9 | 1500 | 0 | 0 |  |',
      '| rule deleted | 17.0 | 17.3 | 1500 | 0 | 1 | missed |',
    ]);
  });

  it('misses a late look, a repair that did not come and a look that costs too much', () => {
    const rows = [row({ seenSeconds: 23 }), row({ seenSeconds: undefined, repairedSeconds: undefined })];
    expect(missedRows(rows, { cpuMs: 60, share: 0.001 })).toEqual([
      'VIP deleted: not seen within 22 s',
      'VIP deleted: not seen within 22 s',
      'VIP deleted: not repaired',
      'a look each minute: 0.100 %',
    ]);
    const reported = { isReportOnly: true, repairedSeconds: undefined };
    expect(missedRows([row({ ...reported, seenSeconds: 41 })], undefined)).toEqual([]);
    expect(missedRows([row({ ...reported, seenSeconds: undefined })], undefined)).toEqual([
      'VIP deleted: not seen within 42 s',
    ]);
    expect(missedRows([row({})], { cpuMs: 24, share: 0.0004 })).toEqual([]);
  });
});
