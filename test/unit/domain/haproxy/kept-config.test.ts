import { describe, expect, it } from 'vitest';
import {
  HISTORY_LENGTH,
  keptConfigName,
  keptConfigsAmong,
} from '../../../../src/domain/haproxy/kept-config.ts';

const md5 = (digit: number): string => `${digit}`.repeat(32);
const since = new Date('2026-11-21T09:04:27.123Z');

describe('the history of configurations', () => {
  it('has the newest first, even if the clock jumped', () => {
    const kept = [
      { order: 2, since: new Date('1999-01-01T00:00:00.000Z'), md5: md5(2) },
      { order: 10, since: new Date('1998-01-01T00:00:00.000Z'), md5: md5(3) },
      { order: 1, since, md5: md5(1) },
    ];
    expect(keptConfigsAmong(kept.map(keptConfigName)).map(({ order }) => order)).toEqual([10, 2, 1]);
    expect(keptConfigsAmong(kept.map(keptConfigName))).toContainEqual(kept[2]);
  });

  it('contains a text that ran twice once, and no more texts than are kept', () => {
    const names = [1, 2, 3, 1, 4, 5, 6, 7].map((digit, order) =>
      keptConfigName({ order, since, md5: md5(digit) }),
    );
    const kept = keptConfigsAmong(names);
    expect(kept.map((entry) => entry.md5)).toEqual([7, 6, 5, 4, 1].map(md5));
    expect(kept).toHaveLength(HISTORY_LENGTH);
  });

  it('ignores other files', () => {
    expect(
      keptConfigsAmong([
        '.amphora-agent-0123',
        'x.cfg',
        '',
        `${keptConfigName({ order: 1, since, md5: md5(1) })}~`,
      ]),
    ).toEqual([]);
  });
});
