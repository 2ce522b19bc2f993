/**
 * npm run bench:reloads [-- --reloads N] [-- --json FILE]: N reloads (default 500) in a row, each with a changed
 * configuration, while clients ask over HTTP and HTTPS: wrk with a connection a request, curl with a kept one. Every tenth reload
 * leaves a worker behind with a request that never ends, which haproxy_hard_stop_after ends. Ends with 1 where a request
 * failed, a reload was refused, haproxys are left over or memory has grown.
 */
import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { type LoadedAmphora, startLoadedAmphora, uploadAndReload } from './load/loaded-amphora.ts';
import { inPrivateWorld } from './load/private-world.ts';
import { type AmphoraUse, amphoraUse } from './load/processes.ts';
import {
  type RunningTraffic,
  startCurlTraffic,
  startEndlessRequest,
  startTraffic,
  type Traffic,
} from './load/traffic.ts';
import { percentile } from './timing/jitter.ts';

const HARD_STOP_SECONDS = 5;
/** a worker may take this much longer to be gone */
const GRACE_MS = 2000;
const REST_MS = HARD_STOP_SECONDS * 1000 + GRACE_MS;
const ENDLESS_EVERY = 10;
const CONNECTIONS = 2;
/** the master, and the worker that serves */
const HAPROXY_PROCESSES = 2;
/** what memory may have grown by from the middle to the end, in MiB */
const GROWTH_MIB = 10;

interface Reloads {
  /** ms that upload and reload took, each */
  readonly times: number[];
  /** most haproxy processes that there were */
  most: number;
  /** how many more than those that may still drain, at worst */
  excess: number;
}

async function reloadInARow(loaded: LoadedAmphora, count: number, reloads: Reloads): Promise<void> {
  const { amphora, balancer, text, must } = loaded;
  const ends: number[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    if (turn % ENDLESS_EVERY === 0) await startEndlessRequest(loaded.world.lab, loaded.vip);
    const changed = text.replace('retries 3', `retries ${3 + (reloads.times.length % 2)}`);
    const began = performance.now();
    await uploadAndReload(must, amphora, balancer, changed);
    ends.push(performance.now());
    reloads.times.push(performance.now() - began);
    const { processes } = (await amphoraUse(amphora)).haproxy;
    const draining = ends.filter((end) => performance.now() - end < REST_MS).length;
    reloads.most = Math.max(reloads.most, processes);
    reloads.excess = Math.max(reloads.excess, processes - HAPROXY_PROCESSES - draining);
  }
}

type Kind = 'HTTP' | 'HTTPS' | 'HTTP kept' | 'HTTPS kept';

async function startAllTraffic({ world: { lab }, vip }: LoadedAmphora) {
  const [http, https] = [`http://${vip}/`, `https://${vip}/`];
  const started: [Kind, RunningTraffic][] = [
    ['HTTP', await startTraffic(lab, http, CONNECTIONS)],
    ['HTTPS', await startTraffic(lab, https, CONNECTIONS)],
    ['HTTP kept', await startCurlTraffic(lab, http, { kept: true })],
    ['HTTPS kept', await startCurlTraffic(lab, https, { kept: true })],
  ];
  return {
    stop: () => Promise.all(started.map(async ([kind, traffic]) => ({ kind, ...(await traffic.stop()) }))),
  };
}

interface Figures {
  readonly reloads: Reloads;
  readonly traffic: readonly (Traffic & { readonly kind: Kind })[];
  /** before, in the middle and after, each when nothing drains any more */
  readonly uses: readonly AmphoraUse[];
}

async function measure(loaded: LoadedAmphora, count: number): Promise<Figures> {
  const reloads: Reloads = { times: [], most: 0, excess: 0 };
  const use = async (): Promise<AmphoraUse> => {
    await delay(REST_MS);
    return amphoraUse(loaded.amphora);
  };
  const traffic = await startAllTraffic(loaded);
  const uses = [await use()];
  for (const part of [Math.floor(count / 2), Math.ceil(count / 2)]) {
    await reloadInARow(loaded, part, reloads);
    uses.push(await use());
  }
  return { reloads, traffic: await traffic.stop(), uses };
}

function show({ reloads, traffic, uses }: Figures): void {
  const table = (head: string[], rows: (string | number)[][]): void => {
    const drawn = new Table({ head, style: { head: [], border: [] } });
    drawn.push(...rows);
    console.log(drawn.toString());
  };
  table(
    ['traffic', 'requests', 'failed', 'how'],
    traffic.map(({ kind, requests, failed, complaints }) => [kind, requests, failed, complaints]),
  );
  table(
    ['', 'agent PSS MiB', 'haproxy PSS MiB', 'all PSS MiB', 'agent fds', 'haproxys'],
    uses.map(({ agent, haproxy, all }, index) => [
      ['start', 'middle', 'end'][index] ?? '',
      ...[agent, haproxy, all].map(({ pssMiB }) => pssMiB.toFixed(1)),
      agent.descriptors,
      haproxy.processes,
    ]),
  );
  const [p50, p99] = [percentile(reloads.times, 0.5), percentile(reloads.times, 0.99)];
  console.log(
    `${reloads.times.length} reloads, each with its upload ${p50.toFixed(0)} ms (99th percentile ${p99.toFixed(0)} ms); ` +
      `at most ${reloads.most} haproxy processes`,
  );
}

function findings({ reloads, traffic, uses }: Figures): string[] {
  const [, middle, end] = uses;
  const growth = (end?.all.pssMiB ?? Number.NaN) - (middle?.all.pssMiB ?? Number.NaN);
  return [
    ...traffic.filter(({ failed }) => failed > 0).map(({ kind, failed }) => `${kind}: ${failed} failed`),
    ...(reloads.excess > 0 ? [`${reloads.excess} haproxys more than may still drain`] : []),
    ...(end?.haproxy.processes === HAPROXY_PROCESSES ? [] : ['haproxys are left over']),
    ...(growth <= GROWTH_MIB ? [] : [`memory grew by ${growth.toFixed(1)} MiB in the second half`]),
  ];
}

async function bench(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { reloads: { type: 'string', default: '500' }, json: { type: 'string' } },
  });
  const loaded = await startLoadedAmphora(HARD_STOP_SECONDS);
  try {
    const figures = await measure(loaded, Number(values.reloads));
    show(figures);
    if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(figures, undefined, 2)}\n`);
    const found = findings(figures);
    console.log(found.length === 0 ? 'nothing was lost' : found.join('\n'));
    return found.length === 0 ? 0 : 1;
  } finally {
    await loaded.world.close();
  }
}

await inPrivateWorld(import.meta.filename, bench);
