/**
 * npm run bench [-- --rounds N] [-- --only ROW] [-- --json FILE] [-- --svg FILE]: our agent, as a package installs it, beside
 * Debian's octavia-agent (python3-octavia) on the same machine, in turns. Each is in an amphora of its own in private
 * namespaces, with a stand-in for systemctl that is the same for both. Medians of N rounds (default 5) and their ratios; ends with
 * 1 where a target is missed. `--only` may be repeated; the names of the rows are in test/bench/charts/rows.ts.
 */
import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { comparisonChart } from './charts/chart.ts';
import { draw } from './charts/draw.ts';
import {
  AGENTS,
  type AgentName,
  type Figures,
  isRowName,
  ROWS,
  type RowName,
  resultsOf,
  verdictOf,
} from './charts/rows.ts';
import { type Contestant, install, startContestants } from './compare/contestants.ts';
import { diskMiB } from './compare/disk.ts';
import { MEASUREMENTS } from './compare/measurements.ts';
import { memoryUnderLoad } from './compare/memory-under-load.ts';
import { comparisonTable } from './compare/table.ts';
import { inWorldWithPeer } from './load/private-world.ts';

type Rounds = Record<AgentName, Figures[]>;

function wanted(only: readonly string[]): ReadonlySet<RowName> {
  const unknown = only.filter((name) => !isRowName(name));
  if (unknown.length > 0)
    throw new Error(`no such row: ${unknown.join(' ')}; there are ${Object.keys(ROWS).join(' ')}`);
  return new Set((only.length > 0 ? only : Object.keys(ROWS)).filter(isRowName));
}

async function compare(count: number, rows: ReadonlySet<RowName>): Promise<Rounds> {
  const installation = await install();
  const rounds: Rounds = { ours: [], theirs: [] };
  const disk = await diskMiB(installation.bytes);
  for (const agent of AGENTS) rounds[agent].push({ disk: disk[agent] });
  const { world, contestants } = await startContestants(installation);
  try {
    for (let round = 0; round < count; round += 1) {
      // who comes first changes from round to round
      await playRound(round % 2 === 0 ? contestants : contestants.toReversed(), rows, rounds);
      console.error(`round ${round + 1} of ${count} (load average ${loadavg()[0]?.toFixed(1)})`);
    }
    if (rows.has('memory-later')) {
      for (const contestant of contestants) rounds[contestant.name].push(await memoryUnderLoad(contestant));
    }
  } finally {
    await world.close();
    await installation.remove();
  }
  return rounds;
}

async function playRound(
  contestants: readonly Contestant[],
  rows: ReadonlySet<RowName>,
  rounds: Rounds,
): Promise<void> {
  const measurements = MEASUREMENTS.filter((measurement) => measurement.rows.some((row) => rows.has(row)));
  for (const { measure, together } of measurements) {
    const take = async (contestant: Contestant): Promise<void> => {
      rounds[contestant.name].push(await measure(contestant));
    };
    if (together) await Promise.all(contestants.map(take));
    else for (const contestant of contestants) await take(contestant);
  }
}

async function bench(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '5' },
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
      svg: { type: 'string' },
    },
  });
  const rows = wanted(values.only);
  const before = loadavg();
  const results = resultsOf(await compare(Number(values.rounds), rows)).filter(({ row }) => rows.has(row));
  const verdicts = results.map(verdictOf);
  console.log(comparisonTable(verdicts));
  const load = [before, loadavg()].map((each) => each[0]?.toFixed(1)).join(' and ');
  console.log(`medians; the machine's load average was ${load} before and after`);
  if (values.json !== undefined)
    await writeFile(values.json, `${JSON.stringify({ load, results }, undefined, 2)}\n`);
  if (values.svg !== undefined) await writeFile(values.svg, await draw(comparisonChart(verdicts)));
  return verdicts.every(({ isReached }) => isReached) ? 0 : 1;
}

await inWorldWithPeer(import.meta.filename, bench);
