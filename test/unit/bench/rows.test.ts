import { describe, expect, it } from 'vitest';
import { barOf } from '../../bench/charts/chart.ts';
import { resultsOf, verdictOf } from '../../bench/charts/rows.ts';
import { comparisonTable } from '../../bench/compare/table.ts';

describe('a row of the comparison', () => {
  it('is judged by the medians of its rounds', () => {
    const verdict = verdictOf({ row: 'start', ours: [900, 300, 310], theirs: [1000, 990, 100] });
    expect(verdict).toMatchObject({ ours: 310, theirs: 990, rounds: 3, isReached: true });
    expect(verdict.ratio).toBeCloseTo(0.313, 3);
  });

  it.each([
    ['start', 50, 100, true],
    ['start', 51, 100, false],
    ['rate', 500, 100, true],
    ['rate', 499, 100, false],
    ['start', Number.NaN, 100, false],
  ] as const)('%s with %d beside %d reaches its target: %s', (row, ours, theirs, isReached) => {
    expect(verdictOf({ row, ours: [ours], theirs: [theirs] }).isReached).toBe(isReached);
  });

  it('exists if both agents have figures', () => {
    const rounds = { ours: [{ start: 1, memory: 2 }, { start: 3 }], theirs: [{ start: 4 }, { start: 5 }] };
    expect(resultsOf(rounds)).toEqual([{ row: 'start', ours: [1, 3], theirs: [4, 5] }]);
  });
});

describe('the output of the comparison', () => {
  const verdicts = [
    verdictOf({ row: 'start', ours: [250], theirs: [1000] }),
    verdictOf({ row: 'rate', ours: [300], theirs: [100] }),
  ];

  it('are figures, ratios and targets in a table', () => {
    const lines = comparisonTable(verdicts)
      .split('\n')
      .map((line) => line.split('│').map((cell) => cell.trim()));
    expect(lines.find(([, what]) => what?.startsWith('start'))).toEqual(
      expect.arrayContaining(['250', '1000', '0.25', '≤ 0.5', 'yes']),
    );
    expect(lines.find(([, what]) => what?.startsWith('GET /info a second'))).toEqual(
      expect.arrayContaining(['300', '100', '3.00', '≥ 5', 'no']),
    );
  });

  it('are bars in a chart: our share of the Python agent’s figure, or where more is better its share of ours', () => {
    expect(verdicts.map(barOf)).toEqual([
      {
        label: 'start → first mTLS GET / answered',
        part: 0.25,
        limit: 0.5,
        outcome: 'target reached',
        text: '0.25 (≤ 0.5)',
      },
      {
        label: 'GET /info a second on 8 kept connections',
        part: expect.closeTo(0.333, 3),
        limit: 0.2,
        outcome: 'target missed',
        text: '3.00 (≥ 5)',
      },
    ]);
  });
});
