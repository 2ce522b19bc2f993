/** npm run bench:charts: draws the pictures of docs/benchmarks.md from the figures in test/bench/figures/. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { publishedCharts } from './charts/published-charts.ts';

for (const [name, svg] of Object.entries(await publishedCharts())) {
  await writeFile(path.join(import.meta.dirname, name), svg);
}
