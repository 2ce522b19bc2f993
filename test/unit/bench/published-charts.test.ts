import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { publishedCharts, publishedChurn, publishedVerdicts } from '../../bench/charts/published-charts.ts';
import { churnMarkdown } from '../../bench/churn/rows.ts';
import { figureText } from '../../bench/compare/table.ts';
import { readDocument, rowsIn } from '../../support/documents/documents.ts';

let charts: Record<string, string>;
beforeAll(async () => {
  charts = await publishedCharts();
});

/** The texts of a picture, lines of one label in one piece. */
const textIn = (svg: string): string =>
  [...svg.matchAll(/>([^<>]+)</g)]
    .map(([, text = '']) => text.replaceAll('&lt;', '<').replaceAll('&amp;', '&'))
    .join(' ');

describe('the pictures of docs/benchmarks.md', () => {
  it.each(['comparison.svg', 'churn.svg', 'growth.svg'])(
    'are those of the figures (npm run bench:charts): %s',
    (name) => {
      expect(readFileSync(`test/bench/${name}`, 'utf8')).toBe(charts[name]);
    },
  );

  it.each(['comparison.svg', 'churn.svg', 'growth.svg'])('have no label that Vega cuts off: %s', (name) => {
    expect(charts[name]).not.toContain('…');
  });

  it('name both axes of the growth, and each of its lines', () => {
    const text = textIn(charts['growth.svg'] ?? '');
    for (const label of ['listeners', 'multiple of the figure at 1 listener', 'linear growth', 'memory'])
      expect(text).toContain(label);
  });

  it('have each row of the comparison in full, with the figures of the table', async () => {
    const text = textIn(charts['comparison.svg'] ?? '');
    const rows = rowsIn(readDocument('docs/benchmarks.md')).map(({ cells }) => cells);
    for (const { what, unit, ours, theirs, ratio } of await publishedVerdicts()) {
      expect(text).toContain(what);
      const [, ...figures] = rows.find(([name]) => name === what || name === `${what}, ${unit}`) ?? [];
      expect(figures.slice(0, 3), what).toEqual([ours, theirs, ratio].map(figureText));
    }
  });
});

describe('the table of changes under traffic in docs/benchmarks.md', () => {
  it('is that of the figures (npm run bench:charts prints it)', async () => {
    const { changes, verdicts } = await publishedChurn();
    expect(readDocument('docs/benchmarks.md')).toContain(`${churnMarkdown(changes, verdicts)}

`);
  });
});
