import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { comparisonChart } from './chart.ts';
import { draw } from './draw.ts';
import { growthChart } from './growth-chart.ts';
import { ROWS, type RowName, type Verdict, verdictOf } from './rows.ts';

/** Figures as `npm run bench -- --json FILE` and `npm run bench:growth -- --json FILE` write them. */
const FIGURES = path.join(import.meta.dirname, '../figures');
const rowNames = Object.keys(ROWS) as [RowName, ...RowName[]];
const comparison = z.object({
  results: z.array(
    z.object({ row: z.enum(rowNames), ours: z.array(z.number()), theirs: z.array(z.number()) }),
  ),
});
const growth = z.array(
  z.object({
    listeners: z.number(),
    members: z.number(),
    uploadMs: z.number(),
    beatMs: z.number(),
    beatBytes: z.number(),
    memoryMiB: z.number(),
  }),
);

/** The rows of the comparison that docs/benchmarks.md has a bar for. */
export async function publishedVerdicts(): Promise<Verdict[]> {
  return comparison.parse(await readFigures('comparison.json')).results.map(verdictOf);
}

/** The pictures of docs/benchmarks.md: names of files in test/bench/, and their text. */
export async function publishedCharts(): Promise<Record<string, string>> {
  return {
    'comparison.svg': await draw(comparisonChart(await publishedVerdicts())),
    'growth.svg': await draw(growthChart(growth.parse(await readFigures('growth.json')))),
  };
}

const readFigures = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(path.join(FIGURES, name), 'utf8'));
