import { setTimeout as delay } from 'node:timers/promises';
import type { Figures } from '../charts/rows.ts';
import { type Contestant, FAST_INTERVALS, USUAL_INTERVAL } from './contestants.ts';
import { memoryMiB } from './process-costs.ts';
import { timedRequests } from './timed-requests.ts';

const REQUESTS = 10_000;
const CONCURRENT = 8;
const BEATS = 1000;
const POLL_MS = 100;
const SETTLE_MS = 3000;

/** What an agent has grown to that has answered 10 000 requests, each on its own connection, and sent 1 000 heartbeats. */
export async function memoryUnderLoad(contestant: Contestant): Promise<Figures> {
  await contestant.restart(FAST_INTERVALS[contestant.name]);
  while (contestant.sequence() < BEATS) await delay(POLL_MS);
  await contestant.setInterval(USUAL_INTERVAL);
  const requests = await timedRequests(contestant.amphora, contestant.world.pki);
  let left = REQUESTS;
  await Promise.all(
    Array.from({ length: CONCURRENT }, async () => {
      while (left-- > 0) await requests.onNewConnection('/');
    }),
  );
  await delay(SETTLE_MS);
  return { 'memory-later': await memoryMiB(await contestant.pids()) };
}
