import { describe, expect, it } from 'vitest';
import { churnBars } from '../../bench/charts/churn-chart.ts';
import { churnMarkdown, churnVerdicts } from '../../bench/churn/rows.ts';

const verdicts = churnVerdicts({
  ours: {
    'members-lost': 0,
    'members-reloads': 1,
    'members-pair': 25,
    'reload-answer': 60,
    'members-cpu': 5,
  },
  theirs: {
    ...{ 'members-lost': 0, 'members-reloads': 200, 'members-pair': 100, 'reload-answer': 100 },
    ...{ 'members-cpu': 50, 'first-upload': 100 },
  },
});

describe('the table of bench:churn', () => {
  it('has the rows that both agents have, with ratio, target and outcome', () => {
    expect(churnMarkdown({ ours: 1000, theirs: 200 }, verdicts).split('\n')).toEqual([
      '|  | amphora-agent, 1000 changes | octavia-agent, 200 changes | ratio | target |  |',
      '|---|---:|---:|---:|---|---|',
      '| member changes: lost HTTP requests | 0 | 0 |  | 0 |  |',
      '| member changes: reloads | 1 | 200 |  | 0 | missed |',
      '| member change: upload and reload, ms | 25.0 | 100 | 0.25 | ≤ 0.3 |  |',
      '| member change: CPU of agent and haproxy, ms | 5.00 | 50.0 | 0.10 |  |  |',
      '| needed reload → 202, ms | 60.0 | 100 | 0.60 | ≤ 0.45 | missed |',
    ]);
  });

  it('is reached only where each target is', () => {
    expect(verdicts.filter(({ isReached }) => !isReached)).toHaveLength(2);
  });
});

describe('the chart of bench:churn', () => {
  it('has a bar for each time', () => {
    expect(churnBars(verdicts).map(({ part, limit, text }) => [part, limit, text])).toEqual([
      [0.25, 0.3, '0.25 (≤ 0.3)'],
      [0.1, null, '0.10'],
      [0.6, 0.45, '0.60 (≤ 0.45)'],
    ]);
  });
});
