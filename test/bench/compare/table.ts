import Table from 'cli-table3';
import type { Target, Verdict } from '../charts/rows.ts';

export const targetText = (target: Target): string =>
  'atMost' in target ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`;

/** Three digits that count. */
export const figureText = (figure: number): string =>
  figure >= 100 ? figure.toFixed(0) : figure >= 10 ? figure.toFixed(1) : figure.toFixed(2);

/** All rows as the table in docs/benchmarks.md has them. */
export function comparisonTable(verdicts: readonly Verdict[]): string {
  const table = new Table({
    head: ['', 'unit', 'amphora-agent', 'octavia-agent', 'ratio', 'target', 'reached'],
    style: { head: [], border: [] },
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'left'],
  });
  for (const { what, unit, ours, theirs, ratio, target, isReached } of verdicts) {
    const figures = [ours, theirs, ratio].map(figureText);
    table.push([what, unit, ...figures, targetText(target), isReached ? 'yes' : 'no']);
  }
  return table.toString();
}
