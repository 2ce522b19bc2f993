import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '../../support/random.ts';
import { percentile } from '../timing/jitter.ts';
import { measureCpu } from './amphora-cost.ts';
import { markedText, poolText } from './configurations.ts';
import { firstMembers, type MemberStep, memberWalk } from './member-walk.ts';
import { startClients } from './processes.ts';
import type { ChurnFigures } from './rows.ts';
import { paced, restingMemory, type Scene } from './scene.ts';
import { isInForce, serverRows } from './stat-rows.ts';
import { askHaproxy, countWorkers, whenServing } from './worker.ts';

const WEBSOCKETS = 500;
/** HTTP requests a second */
const RATE = 100;
const PACE_MS = 250;
/** only traffic */
const QUIET_MS = 5000;

/** How long one change took, in ms. */
interface Taken {
  /** from the upload to the answer to the reload */
  readonly pair: number;
  /** from the upload until haproxy serves with the change */
  readonly serving: number;
}

async function takeStep(
  { contestant, memberAddress }: Scene,
  { change, members }: MemberStep,
): Promise<Taken> {
  const { balancer } = contestant;
  const text = poolText(balancer, memberAddress, members);
  const began = performance.now();
  const since = (): number => performance.now() - began;
  await contestant.upload(text);
  const pair = contestant.reload().then(since);
  await whenServing(`${change.kind} ${change.id}`, async () =>
    isInForce(change, serverRows(await askHaproxy(contestant, 'show stat'))),
  );
  const serving = since();
  return { pair: await pair, serving };
}

/** Makes the changes with their clients. @returns the figures without the memory that stays */
async function changeUnderTraffic(scene: Scene, steps: readonly MemberStep[]): Promise<ChurnFigures> {
  const { contestant } = scene;
  const clients = await startClients({ host: contestant.vip, http: { websockets: WEBSOCKETS, rate: RATE } });
  const before = await restingMemory(contestant);
  const cpu = await measureCpu(contestant.amphora, () => delay(QUIET_MS));
  const workers = await countWorkers(contestant);
  const taken: Taken[] = [];
  await paced(steps, PACE_MS, async (step) => {
    taken.push(await takeStep(scene, step));
    await workers.look();
  });
  const cpuMs = await cpu.perChange(steps.length);
  const after = await restingMemory(contestant);
  const counted = await clients.finish();
  return {
    'members-lost': counted('lost'),
    'members-websockets': counted('websocketsClosed'),
    'members-downloads': counted('downloadsCut'),
    'members-kept': counted('keptClosed'),
    'members-reloads': workers.reloads(),
    ...timesOf(taken),
    'members-cpu': cpuMs,
    'members-memory-before': before,
    'members-memory-after': after,
  };
}

function timesOf(taken: readonly Taken[]): ChurnFigures {
  const [pairs, servings] = [taken.map(({ pair }) => pair), taken.map(({ serving }) => serving)];
  return {
    'members-pair': percentile(pairs, 0.5),
    'members-pair-p95': percentile(pairs, 0.95),
    'members-serving': percentile(servings, 0.5),
    'members-serving-p95': percentile(servings, 0.95),
  };
}

/** Random changes of a pool of 20 members, under HTTP requests, with idle websockets and a download. */
export async function measureMembers(scene: Scene): Promise<ChurnFigures> {
  const { contestant, memberAddress, seed, count } = scene;
  const random = seededRandom(seed);
  const start = firstMembers(random);
  const text = poolText(contestant.balancer, memberAddress, start);
  await contestant.serve(text);
  const fresh = await restingMemory(contestant);
  const figures = await changeUnderTraffic(scene, memberWalk(start, count, random));
  // a change that only a reload makes
  await contestant.serve(markedText(text, 'reloaded'));
  return { ...figures, 'members-growth': (await restingMemory(contestant)) - fresh };
}
