import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { CHURN_ROW_NAMES, type Changes, type ChurnVerdict, churnVerdicts } from '../churn/rows.ts';
import { comparisonChart } from './chart.ts';
import { churnChart } from './churn-chart.ts';
import { draw } from './draw.ts';
import { growthChart } from './growth-chart.ts';
import { ROWS, type RowName, type Verdict, verdictOf } from './rows.ts';

/** Figures as `npm run bench`, `npm run bench:churn` and `npm run bench:growth` write them with `-- --json FILE`. */
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
const churnFigures = z.partialRecord(z.enum(CHURN_ROW_NAMES), z.number());
const churn = z.object({
  changes: z.object({ ours: z.number(), theirs: z.number() }),
  ours: churnFigures,
  theirs: churnFigures,
});

/** The rows of docs/benchmarks.md about changes under traffic. */
export async function publishedChurn(): Promise<{ changes: Changes; verdicts: ChurnVerdict[] }> {
  const { changes, ...figures } = churn.parse(await readFigures('churn.json'));
  return { changes, verdicts: churnVerdicts(figures) };
}

/** The rows of the comparison that docs/benchmarks.md has a bar for. */
export async function publishedVerdicts(): Promise<Verdict[]> {
  return comparison.parse(await readFigures('comparison.json')).results.map(verdictOf);
}

/** The pictures of docs/benchmarks.md: names of files in test/bench/, and their text. */
export async function publishedCharts(): Promise<Record<string, string>> {
  return {
    'comparison.svg': await draw(comparisonChart(await publishedVerdicts())),
    'churn.svg': await draw(churnChart((await publishedChurn()).verdicts)),
    'growth.svg': await draw(growthChart(growth.parse(await readFigures('growth.json')))),
  };
}

const readFigures = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(path.join(FIGURES, name), 'utf8'));
