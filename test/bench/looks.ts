/**
 * npm run bench:looks [-- --scrapes N] [-- --beats N] [-- --before COMMIT]: what it costs to look at an amphora with 100
 * listeners of 20 members each: time, CPU and garbage of a scrape, heartbeats beside 50 open status pages, and the memory of the
 * agent at which nobody looks, beside that of an older commit. The agent runs as a package installs it. Ends with 1 where a
 * bound is missed.
 */
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { LIBRARY } from '../../packaging/installation-tree.ts';
import { AGENT_CONFIG_FILE } from '../../sandbox/amphora/agent-config.ts';
import { runProgram } from '../../sandbox/programs/programs.ts';
import { REPOSITORY } from '../repository.ts';
import { askAmphora, insisting } from '../support/amphora/api.ts';
import { type Contestant, install, startContestants } from './compare/contestants.ts';
import { largeConfig } from './compare/large-config.ts';
import { cpuMs, keptMemoryMiB, memoryMiB } from './compare/process-costs.ts';
import { inPrivateWorld } from './load/private-world.ts';
import { openPages } from './looks/page-orders.ts';
import { measureScrapes, type ScrapeCost } from './looks/scrapes.ts';
import { withVariedMembers } from './looks/varied-members.ts';
import { now } from './timing/clock.ts';
import { receiveHeartbeats } from './timing/heartbeat-arrivals.ts';
import { type Jitter, jitterOf, percentile } from './timing/jitter.ts';

const SIZE = { listeners: 100, members: 20 };
const MEMBERS = '/metrics/members';
const PATHS = ['/metrics', MEMBERS, '/status.json', '/readyz'];
/** the name of the row for MEMBERS with health checks, and with other numbers for each member */
const VARIED = `${MEMBERS}, monitored and all different`;
/** the paths that Prometheus reads, and its interval in seconds */
const SCRAPED = new Set(['/metrics', MEMBERS, VARIED]);
const SCRAPE_SECONDS = 15;
const PAGES = 50;
/** what templates/status/page.html.njk says */
const PAGE_MS = 10_000;
/** seconds between the measured heartbeats, and those of an amphora */
const [BEAT_SECONDS, USUAL_BEAT_SECONDS] = [2, 10];
const BOUNDS = { scrapeMs: 30, garbageMb: 1, beatPart: 0.01, memoryMiB: 2 };
/** until V8 has cleared up behind the start */
const REST_MS = 20_000;
const MEMORY_STARTS = 3;
const SECTION = '[amphora_agent]';

interface BeatPhase extends Jitter {
  readonly pages: number;
  readonly answers: Readonly<Record<string, number>>;
  /** share of one processor that the agent used */
  readonly cpu: number;
}

/** The memory of an agent, in MiB: the median of several starts. */
interface Memory {
  /** what the kernel can't take back */
  readonly kept: number;
  /** with the pages of files that are in memory at that moment, which is chance */
  readonly all: number;
}

/**
 * The memory of an agent that serves the large load balancer and that nobody asks anything. It does not look for drift: the
 * garbage of a look stays for some minutes.
 */
async function restingMemory(contestant: Contestant): Promise<Memory> {
  await changeConfig(contestant, (text) => text.replace(SECTION, `${SECTION}\ndrift = off`));
  const samples: Memory[] = [];
  for (let start = 0; start < MEMORY_STARTS; start += 1) {
    await contestant.restart(USUAL_BEAT_SECONDS);
    await delay(REST_MS);
    const pids = await contestant.pids();
    samples.push({ kept: await keptMemoryMiB(pids), all: await memoryMiB(pids) });
  }
  await changeConfig(contestant, (text) => text.replace('\ndrift = off', ''));
  const median = (field: keyof Memory): number =>
    percentile(
      samples.map((sample) => sample[field]),
      0.5,
    );
  return { kept: median('kept'), all: median('all') };
}

/** Changes the file of an agent's configuration. */
async function changeConfig({ amphora }: Contestant, change: (text: string) => string): Promise<void> {
  const text = change(await amphora.readText(AGENT_CONFIG_FILE));
  await writeFile(amphora.box.file(AGENT_CONFIG_FILE), text, { mode: 0o600 });
}

/** Bundles a repository, starts its agent with the large load balancer, and closes all after the work. */
async function withAgent<Result>(
  root: string,
  work: (contestant: Contestant) => Promise<Result>,
): Promise<Result> {
  const installation = await install(root);
  const { world, contestants } = await startContestants(installation, ['ours']);
  try {
    const [contestant] = contestants;
    if (contestant === undefined) throw new Error('no agent was started');
    await contestant.serve(largeConfig(contestant.balancer, SIZE));
    return await work(contestant);
  } finally {
    await world.close();
    await installation.remove();
  }
}

/** The memory at rest of the agent of an older commit. */
async function memoryOf(commit: string): Promise<Memory> {
  const root = await mkdtemp(path.join(tmpdir(), 'bench-before-'));
  try {
    const archive = path.join(root, 'archive.tar');
    const git = ['git', '-c', `safe.directory=${REPOSITORY}`, '-C', REPOSITORY] as const;
    await runProgram([...git, 'archive', '--output', archive, commit], { timeoutMs: 60_000 });
    await runProgram(['tar', '-xf', archive, '-C', root], { timeoutMs: 60_000 });
    await symlink(path.join(REPOSITORY, 'node_modules'), path.join(root, 'node_modules'));
    return await withAgent(root, restingMemory);
  } finally {
    await rm(root, { recursive: true });
  }
}

/** Starts the agent again, with V8's log of its collections in its output. */
async function traceCollections(contestant: Contestant): Promise<void> {
  const program = path.join('/', LIBRARY, 'amphora-agent.cjs');
  const text = await readFile(program, 'utf8');
  await writeFile(program, text.replace('--lite-mode', '--lite-mode --trace-gc'));
  await contestant.restart(USUAL_BEAT_SECONDS);
  await delay(5000);
}

async function switchOnMemberMetrics({ amphora, must }: Contestant): Promise<void> {
  const config = await amphora.readText(AGENT_CONFIG_FILE);
  const text = config.replace(SECTION, `${SECTION}\nagent_member_metrics = True`);
  await must('PUT', '/1.0/config', { text });
}

async function measureLooks(contestant: Contestant, count: number, tracesGc: boolean): Promise<ScrapeCost[]> {
  const costs: ScrapeCost[] = [];
  for (const target of PATHS) costs.push(await measureScrapes(contestant, target, count, tracesGc));
  const varied = await withVariedMembers(contestant, () =>
    measureScrapes(contestant, MEMBERS, count, tracesGc),
  );
  return [...costs, { ...varied, path: VARIED }];
}

async function measureBeats(contestant: Contestant, beats: number): Promise<BeatPhase[]> {
  const { world, amphora } = contestant;
  const must = insisting(askAmphora(world, amphora));
  const arrivals = await receiveHeartbeats({ world, amphora, must }, BEAT_SECONDS);
  const phases: BeatPhase[] = [];
  try {
    for (const pages of [0, PAGES]) {
      const readers = pages === 0 ? undefined : openPages(contestant, { pages, everyMs: PAGE_MS });
      await delay(PAGE_MS);
      const pids = await contestant.pids();
      const [from, used] = [now(), await cpuMs(pids)];
      await delay(beats * BEAT_SECONDS * 1000);
      const cpu = ((await cpuMs(pids)) - used) / (now() - from);
      const seen = arrivals.between(from, now()).map(({ at }) => at);
      phases.push({ pages, cpu, answers: readers?.answers() ?? {}, ...jitterOf(seen, BEAT_SECONDS * 1000) });
      readers?.close();
    }
  } finally {
    await arrivals.close();
  }
  return phases;
}

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string => {
  const made = new Table({ head: [...head], style: { head: [], border: [] } });
  for (const row of rows) made.push([...row]);
  return made.toString();
};

const mbASecond = ({ bytes, heapMb = 0 }: ScrapeCost): number => (heapMb + bytes / 1e6) / SCRAPE_SECONDS;
/** what a deviation is as a part of an amphora's own interval */
const ofUsual = (part: number): number => (part * BEAT_SECONDS) / USUAL_BEAT_SECONDS;
const percent = (part: number): string => `${(part * 100).toFixed(2)} %`;

function show(costs: readonly ScrapeCost[], phases: readonly BeatPhase[], memory: readonly Memory[]): void {
  const rows = costs.map((cost) => [
    ...[
      cost.path,
      cost.bytes,
      cost.least.toFixed(1),
      cost.p50.toFixed(1),
      cost.p99.toFixed(1),
      cost.cpuMs.toFixed(1),
    ],
    ...[cost.heapMb?.toFixed(1) ?? '', mbASecond(cost).toFixed(2)],
  ]);
  const garbage = `garbage MB/s at ${SCRAPE_SECONDS} s`;
  console.log(table(['path', 'bytes', 'min ms', 'p50 ms', 'p99 ms', 'CPU ms', 'heap MB', garbage], rows));
  const beats = phases.map(({ pages, beats: count, p50, p99, max, cpu, answers }) => [
    ...[pages, count, percent(ofUsual(p50)), percent(ofUsual(p99)), percent(ofUsual(max)), percent(cpu)],
    JSON.stringify(answers),
  ]);
  console.log(`deviations of heartbeats, as parts of ${USUAL_BEAT_SECONDS} s`);
  console.log(table(['pages', 'beats', 'p50', 'p99', 'max', "agent's CPU", 'answers'], beats));
  const sizes = memory.map(({ kept, all }) => `${kept.toFixed(1)} MiB kept, ${all.toFixed(1)} MiB in all`);
  console.log(`memory at rest: ${sizes.join('; before: ')}`);
}

function missed(
  costs: readonly ScrapeCost[],
  [alone, beside]: readonly BeatPhase[],
  [memory, before]: readonly Memory[],
): string[] {
  const scrapes = costs.filter((cost) => SCRAPED.has(cost.path));
  const moved = ofUsual((beside?.p50 ?? 0) - (alone?.p50 ?? 0));
  return [
    ...scrapes.filter(({ p50 }) => p50 > BOUNDS.scrapeMs).map((cost) => `${cost.path}: time`),
    ...scrapes.filter((cost) => mbASecond(cost) > BOUNDS.garbageMb).map((cost) => `${cost.path}: garbage`),
    ...(moved > BOUNDS.beatPart ? ['heartbeats beside open pages'] : []),
    ...((memory?.kept ?? 0) - (before?.kept ?? Number.POSITIVE_INFINITY) > BOUNDS.memoryMiB
      ? ['memory at rest']
      : []),
  ];
}

async function bench(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scrapes: { type: 'string', default: '40' },
      beats: { type: 'string', default: '30' },
      before: { type: 'string' },
    },
  });
  const count = Number(values.scrapes);
  const before = values.before === undefined ? [] : [await memoryOf(values.before)];
  const { costs, phases, memory } = await withAgent(REPOSITORY, async (contestant) => {
    const atRest = await restingMemory(contestant);
    await switchOnMemberMetrics(contestant);
    const timed = await measureLooks(contestant, count, false);
    const beats = await measureBeats(contestant, Number(values.beats));
    await traceCollections(contestant);
    const traced = await measureLooks(contestant, count, true);
    const costs = timed.map((cost, at) => ({ ...cost, heapMb: traced[at]?.heapMb }));
    return { costs, phases: beats, memory: [atRest, ...before] };
  });
  show(costs, phases, memory);
  console.log(`load average of the machine: ${loadavg()[0]?.toFixed(1)}`);
  const faults = missed(costs, phases, memory);
  for (const fault of faults) console.log(`beyond its bound: ${fault}`);
  return faults.length === 0 ? 0 : 1;
}

await inPrivateWorld(import.meta.filename, bench);
