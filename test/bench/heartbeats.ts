/**
 * npm run bench:heartbeats [-- --interval SECONDS] [-- --beats N] [-- --json FILE]: how regular heartbeats are under
 * load. Phases of N beats (default 60): idle, which is the floor of this machine; 200 concurrent requests with uploads of
 * 10 MB and reloads; the same while another load balancer's haproxy takes connections and never answers. Ends with 1
 * where the 99th percentile of a phase is beyond 5 % of the interval (default 5 s; an amphora's own is 10 s). The process
 * that makes the load has the lowest priority, as in life it runs on other machines; what it makes the amphora do has
 * the usual one.
 */
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { haproxyConfigText } from '../../sandbox/controller/load-balancer.ts';
import { labLoadBalancer } from '../support/haproxy/load-balancer.ts';
import { type LoadReport, startControllerLoad } from './load/controller-load-orders.ts';
import { type LoadedAmphora, startLoadedAmphora, uploadAndReload } from './load/loaded-amphora.ts';
import { inPrivateWorld } from './load/private-world.ts';
import { now } from './timing/clock.ts';
import { type HeartbeatArrivals, receiveHeartbeats } from './timing/heartbeat-arrivals.ts';
import { type Jitter, jitterOf } from './timing/jitter.ts';

const CONCURRENT = 200;
const UPLOADERS = 2;
const UPLOAD_BYTES = 10_000_000;
const TARGET = 0.05;
/** a phase is measured when what it begins with is over */
const SETTLE_MS = 5000;
const OTHER_HOST = 102;

interface Phase extends Jitter {
  readonly phase: string;
  /** listeners that the heartbeats had */
  readonly listeners: readonly number[];
  readonly load: LoadReport | undefined;
}

interface Measuring {
  /** ms */
  readonly interval: number;
  readonly beats: number;
  readonly arrivals: HeartbeatArrivals;
}

async function measure(
  { interval, beats, arrivals }: Measuring,
  phase: string,
  report?: () => LoadReport,
): Promise<Phase> {
  await delay(SETTLE_MS);
  const from = now();
  await delay(beats * interval);
  const seen = arrivals.between(from, now());
  const jitter = jitterOf(
    seen.map(({ at }) => at),
    interval,
  );
  const listeners = [...new Set(seen.map((arrival) => arrival.listeners))].sort();
  return { phase, ...jitter, listeners, load: report?.() };
}

/** Reads, reloads of the load balancer, and uploads of 10 MB for one that is never started. */
async function startLoad(loaded: LoadedAmphora): Promise<ReturnType<typeof startControllerLoad>> {
  const { world, amphora, balancer, vip, text } = loaded;
  const large = path.join(world.directory, 'large.cfg');
  const small = path.join(world.directory, 'small.cfg');
  await writeFile(small, text);
  const comment = `# ${'x'.repeat(97)}\n`;
  await writeFile(large, text + comment.repeat(Math.ceil((UPLOAD_BYTES - text.length) / comment.length)));
  const get = (target: string) => ({ method: 'GET', path: target }) as const;
  const upload = (id: string, file: string) =>
    ({ method: 'PUT', path: `/1.0/loadbalancer/${amphora.id}/${id}/haproxy`, file }) as const;
  const reload = { method: 'PUT', path: `/1.0/loadbalancer/${balancer.id}/reload` } as const;
  return startControllerLoad(loaded, {
    concurrent: CONCURRENT,
    reads: [
      get('/'),
      get('/1.0/info'),
      get('/1.0/details'),
      get('/1.0/listeners'),
      get(`/1.0/loadbalancer/${balancer.id}/haproxy`),
      get(`/1.0/interface/${vip}`),
    ],
    writes: [
      ...Array.from({ length: UPLOADERS }, () => [upload(randomUUID(), large)]),
      [upload(balancer.id, small), reload],
    ],
  });
}

/** A second load balancer, with a function that stops its haproxy: the kernel goes on taking connections for it. */
async function startOtherHaproxy({ world, amphora, must }: LoadedAmphora): Promise<() => Promise<unknown>> {
  const other = { ...labLoadBalancer(world, OTHER_HOST), port: 8081 };
  await uploadAndReload(must, amphora, other, haproxyConfigText(other));
  const socket = `UNIX-CONNECT:/var/lib/octavia/${other.id}.sock`;
  const { stdout } = await amphora.exec(['socat', '-t5', '-', socket], { input: 'show info\n' });
  const worker = /^Pid: (\d+)$/m.exec(stdout)?.[1] ?? '';
  return () => amphora.exec(['kill', '-STOP', worker]);
}

const percent = (part: number): string => `${(part * 100).toFixed(2)} %`;
const listed = (counts: Readonly<Record<string, number>> = {}): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name}: ${count}`)
    .join('\n');

function show(phases: readonly Phase[]): void {
  const head = ['phase', 'beats', 'p50', 'p99', 'max', 'listeners', 'answers', 'failed', 'slowest'];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const { phase, beats, p50, p99, max, listeners, load } of phases) {
    const answers = [listed(load?.answered), listed(load?.failed)];
    const slowest = load === undefined ? '' : `${(load.slowestMs / 1000).toFixed(1)} s`;
    table.push([
      phase,
      beats,
      percent(p50),
      percent(p99),
      percent(max),
      listeners.join(' '),
      ...answers,
      slowest,
    ]);
  }
  console.log(table.toString());
}

async function bench(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      interval: { type: 'string', default: '5' },
      beats: { type: 'string', default: '60' },
      json: { type: 'string' },
    },
  });
  const loaded = await startLoadedAmphora();
  const arrivals = await receiveHeartbeats(loaded, Number(values.interval));
  const measuring = { interval: Number(values.interval) * 1000, beats: Number(values.beats), arrivals };
  const stopOther = await startOtherHaproxy(loaded);
  const phases: Phase[] = [];
  try {
    phases.push(await measure(measuring, 'idle'));
    const load = await startLoad(loaded);
    phases.push(await measure(measuring, 'load', load.report));
    await stopOther();
    phases.push(await measure(measuring, 'load, and a stuck haproxy', load.report));
    load.stop();
  } finally {
    await arrivals.close();
    await loaded.world.close();
  }
  console.log(`deviation of the intervals between heartbeats from ${values.interval} s`);
  show(phases);
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(phases, undefined, 2)}\n`);
  const missed = phases.filter(({ p99 }) => !(p99 <= TARGET));
  for (const { phase } of missed) console.log(`${phase}: beyond ${percent(TARGET)}`);
  return missed.length === 0 ? 0 : 1;
}

await inPrivateWorld(import.meta.filename, bench);
