/**
 * npm run bench:charts: draws the pictures of docs/benchmarks.md from the figures in test/bench/figures/, and prints the lines of its
 * table of changes under traffic.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { publishedCharts, publishedChurn } from './charts/published-charts.ts';
import { churnMarkdown } from './churn/rows.ts';

for (const [name, svg] of Object.entries(await publishedCharts())) {
  await writeFile(path.join(import.meta.dirname, name), svg);
}
const { changes, verdicts } = await publishedChurn();
console.log(churnMarkdown(changes, verdicts));
