/**
 * npm run bench:growth [-- --json FILE] [-- --svg FILE]: what 1, 10, 100 and 1 000 listeners with 10 members each cost our agent, as a package
 * installs it: time of an upload, CPU and size of a heartbeat, memory. Ends with 1 where anything grows faster than linearly.
 */
import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { draw } from './charts/draw.ts';
import { growthChart } from './charts/growth-chart.ts';
import { fasterThanLinear, type SizeFigures } from './charts/linear-growth.ts';
import { type Contestant, install, startContestants } from './compare/contestants.ts';
import { largeConfig } from './compare/large-config.ts';
import { cpuMs, memoryMiB } from './compare/process-costs.ts';
import { figureText } from './compare/table.ts';
import { inPrivateWorld } from './load/private-world.ts';
import { percentile } from './timing/jitter.ts';

const LISTENERS = [1, 10, 100, 1000];
const MEMBERS = 10;
const UPLOADS = 3;
/** seconds between heartbeats; haproxy may take half of it to answer */
const INTERVAL = 3;
const SETTLE_MS = 3000;
/** until V8 has cleared up behind the start */
const START_MS = 15_000;
const BEATS_MS = 12_000;

async function measure(contestant: Contestant, listeners: number): Promise<SizeFigures> {
  const { amphora, balancer, world, must } = contestant;
  const text = largeConfig(balancer, { listeners, members: MEMBERS });
  const uploads: number[] = [];
  for (let upload = 0; upload < UPLOADS; upload += 1) {
    const began = performance.now();
    await must('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, { text });
    uploads.push(performance.now() - began);
  }
  await contestant.serve(text);
  await delay(SETTLE_MS);
  const pids = await contestant.pids();
  const [cpu, sequence] = [await cpuMs(pids), contestant.sequence()];
  await delay(BEATS_MS);
  const used = (await cpuMs(pids)) - cpu;
  const last = world.healthManager.heartbeats.at(-1);
  const heard = Object.keys(last?.message.listeners ?? {}).length;
  if (heard !== listeners) throw new Error(`a heartbeat with ${heard} listeners in place of ${listeners}`);
  return {
    listeners,
    members: listeners * MEMBERS,
    uploadMs: percentile(uploads, 0.5),
    beatMs: used / (contestant.sequence() - sequence),
    beatBytes: last?.bytes ?? Number.NaN,
    memoryMiB: await memoryMiB(pids),
  };
}

function show(sizes: readonly SizeFigures[]): void {
  const table = new Table({
    head: ['listeners', 'members', 'upload ms', 'heartbeat CPU ms', 'heartbeat bytes', 'memory MiB'],
    style: { head: [], border: [] },
    colAligns: ['right', 'right', 'right', 'right', 'right', 'right'],
  });
  for (const { listeners, members, uploadMs, beatMs, beatBytes, memoryMiB: memory } of sizes)
    table.push([listeners, members, figureText(uploadMs), figureText(beatMs), beatBytes, figureText(memory)]);
  console.log(table.toString());
}

async function bench(args: readonly string[]): Promise<number> {
  const options = { json: { type: 'string' }, svg: { type: 'string' } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const installation = await install();
  const { world, contestants } = await startContestants(installation, ['ours']);
  const sizes: SizeFigures[] = [];
  try {
    for (const contestant of contestants) {
      await contestant.restart(INTERVAL);
      await delay(START_MS);
      for (const listeners of LISTENERS) sizes.push(await measure(contestant, listeners));
    }
  } finally {
    await world.close();
    await installation.remove();
  }
  show(sizes);
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(sizes, undefined, 2)}\n`);
  if (values.svg !== undefined) await writeFile(values.svg, await draw(growthChart(sizes)));
  const found = fasterThanLinear(sizes);
  console.log(found.length === 0 ? 'nothing grows faster than linearly' : found.join('\n'));
  console.log(`load average of the machine: ${loadavg()[0]?.toFixed(1)}`);
  return found.length === 0 ? 0 : 1;
}

await inPrivateWorld(import.meta.filename, bench);
