/**
 * npm run bench:churn [-- --changes N] [-- --peer-changes N] [-- --only SCENARIO] [-- --json FILE] [-- --svg FILE]: changes of
 * members and certificates under traffic, needed reloads and first uploads, of this agent and of Debian's octavia-agent, one after the
 * other. N is 1000; octavia-agent gets at most 200 changes, of the same kinds. Prints a table and its lines for
 * docs/benchmarks.md, and ends with 1 where a target is missed. `--only` may be repeated: members, certificates, reloads, uploads.
 */
import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { first } from '../support/amphora/amphora-lab.ts';
import { churnChart } from './charts/churn-chart.ts';
import { draw } from './charts/draw.ts';
import { AGENTS, type AgentName } from './charts/rows.ts';
import { measureCertificates } from './churn/certificate-rotations.ts';
import { measureMembers } from './churn/member-changes.ts';
import { portsFor } from './churn/member-walk.ts';
import { measureFirstUploads, measureReloads } from './churn/needed-reloads.ts';
import { startMemberServers } from './churn/processes.ts';
import {
  type Changes,
  type ChurnFigures,
  churnCells,
  churnHead,
  churnMarkdown,
  churnVerdicts,
} from './churn/rows.ts';
import type { Scene } from './churn/scene.ts';
import { type Contestant, install, startContestants } from './compare/contestants.ts';
import { inWorldWithPeer } from './load/private-world.ts';

const SEED = 15;
const MOST_PEER_CHANGES = 200;
const MOST_RELOADS = 100;
const MOST_UPLOADS = 20;

interface Scenario {
  /** how many of so many changes it does */
  readonly count: (changes: number) => number;
  measure(scene: Scene): Promise<ChurnFigures>;
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  members: { count: (changes) => changes, measure: measureMembers },
  certificates: { count: (changes) => changes, measure: measureCertificates },
  reloads: { count: (changes) => Math.min(changes, MOST_RELOADS), measure: measureReloads },
  uploads: { count: (changes) => Math.min(changes, MOST_UPLOADS), measure: measureFirstUploads },
};

async function measureOne(
  contestant: Contestant,
  changes: number,
  names: readonly string[],
): Promise<ChurnFigures> {
  const memberAddress = first(contestant.world.members).address;
  let figures: ChurnFigures = {};
  for (const name of names) {
    const scenario = SCENARIOS[name];
    if (scenario === undefined)
      throw new Error(`no such scenario: ${name}; there are ${Object.keys(SCENARIOS).join(' ')}`);
    const count = scenario.count(changes);
    const measured = await scenario.measure({ contestant, memberAddress, seed: SEED, count });
    figures = { ...figures, ...measured };
    console.error(`${contestant.name}: ${count} ${name} (load average ${loadavg()[0]?.toFixed(1)})`);
    // a later scenario that fails leaves these
    console.error(JSON.stringify(measured));
  }
  return figures;
}

async function compare(changes: Changes, names: readonly string[]): Promise<Record<AgentName, ChurnFigures>> {
  const installation = await install();
  const { world, contestants } = await startContestants(installation);
  const figures: Record<AgentName, ChurnFigures> = { ours: {}, theirs: {} };
  try {
    const most = Math.max(...AGENTS.map((agent) => changes[agent]));
    const members = await startMemberServers(first(world.members), portsFor(most));
    for (const contestant of contestants)
      figures[contestant.name] = await measureOne(contestant, changes[contestant.name], names);
    await members.stop();
  } finally {
    await world.close();
    await installation.remove();
  }
  return figures;
}

/** @throws Error for a text that is no positive whole number */
function countOf(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`not a number of changes: ${text}`);
  return Number(text);
}

async function bench(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      changes: { type: 'string', default: '1000' },
      'peer-changes': { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
      svg: { type: 'string' },
    },
  });
  const ours = countOf(values.changes);
  const theirs = countOf(values['peer-changes'] ?? `${Math.min(ours, MOST_PEER_CHANGES)}`);
  const changes = { ours, theirs };
  const figures = await compare(changes, values.only.length > 0 ? values.only : Object.keys(SCENARIOS));
  const verdicts = churnVerdicts(figures);
  const table = new Table({ head: churnHead(changes), style: { head: [], border: [] } });
  table.push(...verdicts.map(churnCells));
  console.log(`${table}\n${churnMarkdown(changes, verdicts)}`);
  if (values.json !== undefined)
    await writeFile(values.json, `${JSON.stringify({ changes, ...figures }, undefined, 2)}\n`);
  if (values.svg !== undefined) await writeFile(values.svg, await draw(churnChart(verdicts)));
  return verdicts.every(({ isReached }) => isReached) ? 0 : 1;
}

await inWorldWithPeer(import.meta.filename, bench);
