/**
 * npm run bench:soak [-- --minutes N] [-- --json FILE]: an hour (or N minutes) of a controller's mixed work and clients' traffic on
 * one amphora. Prints a line each minute; ends with 1 where a request failed, or where memory or file descriptors of the
 * last quarter are beyond those of the quarter before.
 */
import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type LoadedAmphora, startLoadedAmphora } from './load/loaded-amphora.ts';
import { inPrivateWorld } from './load/private-world.ts';
import { amphoraUse } from './load/processes.ts';
import { leaks, type Minute, minuteLine, SOAK_HEAD } from './load/soak-minutes.ts';
import { type WorkDone, workAsController } from './load/soak-work.ts';
import { startCurlTraffic } from './load/traffic.ts';
import { measureAnswerTimes } from './timing/answer-times.ts';
import { now } from './timing/clock.ts';
import { receiveHeartbeats } from './timing/heartbeat-arrivals.ts';
import { jitterOf, percentile } from './timing/jitter.ts';

const HEARTBEAT_SECONDS = 2;
const HARD_STOP_SECONDS = 10;
const MINUTE_MS = 60_000;
/** requests a second of each of the four clients */
const RATE = 20;
/** memory of an agent that has just started is no measure */
const WARM_UP_MS = 10_000;
const SHOWN_FAILURES = 10;

async function startClients({ world: { lab }, vip }: LoadedAmphora) {
  const urls = [`http://${vip}/`, `https://${vip}/`];
  const clients = await Promise.all(
    urls.flatMap((url) => [true, false].map((kept) => startCurlTraffic(lab, url, { kept, rate: RATE }))),
  );
  return {
    sofar() {
      const each = clients.map((client) => client.sofar());
      return {
        requests: each.reduce((sum, { requests }) => sum + requests, 0),
        failed: each.reduce((sum, { failed }) => sum + failed, 0),
      };
    },
    stop: () => Promise.all(clients.map((client) => client.stop())),
  };
}

/** @returns a function that waits a minute and prints its figures */
async function startMeasuring(loaded: LoadedAmphora, work: WorkDone) {
  const arrivals = await receiveHeartbeats(loaded, HEARTBEAT_SECONDS);
  const answers = measureAnswerTimes(loaded);
  const clients = await startClients(loaded);
  let before = { done: 0, failed: 0, requests: 0, lost: 0 };
  await delay(WARM_UP_MS);
  return {
    async minute(number: number): Promise<Minute> {
      answers.taken();
      const from = now();
      await delay(MINUTE_MS);
      const beats = arrivals.between(from, now()).map(({ at }) => at);
      const times = answers.taken();
      const { requests, failed: lost } = clients.sofar();
      const after = { done: work.done, failed: work.failed.length, requests, lost };
      const { agent, haproxy } = await amphoraUse(loaded.amphora);
      const minute = {
        number,
        agent,
        haproxy,
        answerMs: { p50: percentile(times, 0.5), p99: percentile(times, 0.99), max: percentile(times, 1) },
        jitter: jitterOf(beats, HEARTBEAT_SECONDS * 1000),
        controller: { done: after.done - before.done, failed: after.failed - before.failed },
        clients: { done: after.requests - before.requests, failed: after.lost - before.lost },
      };
      before = after;
      return minute;
    },
    async stop() {
      await clients.stop();
      await answers.close();
      await arrivals.close();
    },
  };
}

async function soak(loaded: LoadedAmphora, count: number, work: WorkDone): Promise<Minute[]> {
  const measuring = await startMeasuring(loaded, work);
  const end = new AbortController();
  const working = workAsController(loaded, work, end.signal);
  const minutes: Minute[] = [];
  console.log(SOAK_HEAD);
  for (let number = 1; number <= count; number += 1) {
    const minute = await Promise.race([measuring.minute(number), working.then(() => undefined)]);
    if (minute === undefined) throw new Error("the controller's work ended");
    minutes.push(minute);
    console.log(minuteLine(minute));
  }
  end.abort();
  await working;
  await measuring.stop();
  return minutes;
}

async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { minutes: { type: 'string', default: '60' }, json: { type: 'string' } },
  });
  const work: WorkDone = { done: 0, failed: [] };
  const loaded = await startLoadedAmphora(HARD_STOP_SECONDS);
  try {
    const minutes = await soak(loaded, Number(values.minutes), work);
    if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(minutes, undefined, 2)}\n`);
    const lost = minutes.reduce((sum, { clients }) => sum + clients.failed, 0);
    const found = [
      ...leaks(minutes),
      ...(lost === 0 ? [] : [`${lost} requests of clients failed`]),
      ...(work.failed.length === 0 ? [] : [`${work.failed.length} requests of the controller failed`]),
      ...work.failed.slice(0, SHOWN_FAILURES),
    ];
    console.log(found.length === 0 ? 'nothing leaked and nothing was lost' : found.join('\n'));
    return found.length === 0 ? 0 : 1;
  } finally {
    await loaded.world.close();
  }
}

await inPrivateWorld(import.meta.filename, run);
