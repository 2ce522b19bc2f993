/**
 * npm run bench:drift [-- --only ROW] [-- --seconds N] [-- --json FILE]: damages an amphora by hand under traffic, one damage after
 * the other, with drift = repair and drift_interval = 10. For each: the seconds until the agent sees it and has repaired
 * it, and the requests that failed. The last row, `cost`, is the CPU of looks at an amphora at rest: N seconds (default 120)
 * without looks, and as many with them. Prints the table of docs/benchmarks.md and ends with 1 where a bound is missed.
 * `--only` may be repeated; test/bench/drift/damages.ts has the names.
 */
import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { DAMAGES, type Damage } from './drift/damages.ts';
import { measureLookCost } from './drift/look-cost.ts';
import { measureRepair } from './drift/repair-times.ts';
import { costLine, driftMarkdown, missedRows, type RepairFigures } from './drift/rows.ts';
import { openScene, type SceneName } from './drift/scene.ts';
import { inPrivateWorld } from './load/private-world.ts';

const SCENES = ['single', 'pair'] as const;
const COST = 'cost';

async function measureScene(name: SceneName, damages: readonly Damage[]): Promise<RepairFigures[]> {
  if (damages.length === 0) return [];
  const scene = await openScene(name);
  try {
    const rows: RepairFigures[] = [];
    for (const damage of damages) {
      const figures = await measureRepair(scene, damage);
      console.error(JSON.stringify(figures));
      rows.push(figures);
    }
    return rows;
  } finally {
    await scene.close();
  }
}

/** @throws Error for a name of no row */
function checkNames(names: readonly string[]): void {
  const known = [...SCENES.flatMap((scene) => DAMAGES[scene].map(({ name }) => name)), COST];
  for (const name of names)
    if (!known.includes(name)) throw new Error(`no row ${name}; there are ${known.join(', ')}`);
}

async function bench(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true, default: [] },
      seconds: { type: 'string', default: '120' },
      json: { type: 'string' },
    },
  });
  checkNames(values.only);
  const isWanted = (name: string): boolean => values.only.length === 0 || values.only.includes(name);
  const rows: RepairFigures[] = [];
  for (const scene of SCENES) {
    const damages = DAMAGES[scene].filter(({ name }) => isWanted(name));
    rows.push(...(await measureScene(scene, damages)));
  }
  const cost = isWanted(COST) ? await measureLookCost(Number(values.seconds)) : undefined;
  if (rows.length > 0) console.log(driftMarkdown(rows));
  if (cost !== undefined) console.log(costLine(cost));
  console.log(`load average of the machine: ${loadavg()[0]?.toFixed(1)}`);
  if (values.json !== undefined)
    await writeFile(values.json, `${JSON.stringify({ rows, cost }, undefined, 2)}\n`);
  const faults = missedRows(rows, cost);
  for (const fault of faults) console.log(`beyond its bound: ${fault}`);
  return faults.length === 0 ? 0 : 1;
}

await inPrivateWorld(import.meta.filename, bench);
