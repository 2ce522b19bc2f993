import { existsSync, watch } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { broken } from '../../support/amphora/crash-invariants.ts';
import { type CrashOperation, type CrashScene, createCrashScene } from '../../support/amphora/crash-scene.ts';
import { seededRandom } from '../../support/random.ts';

const ROUNDS = Number(process.env['CRASH_ROUNDS'] ?? 12);
const SEED = Number(process.env['CRASH_SEED'] ?? Date.now() % 1_000_000);
const ROUND_MS = 60_000;
/** the most changes of files after which the agent is killed */
const CHANGES = 12;

let scene: CrashScene;
const random = seededRandom(SEED);
const durations = new Map<string, number>();
const versions = new Map<string, number>();

const nextVersion = (operation: CrashOperation): number => {
  const version = (versions.get(operation.name) ?? 0) + 1;
  versions.set(operation.name, version);
  return version;
};

beforeAll(async () => {
  scene = await createCrashScene();
  for (const operation of scene.operations) {
    await succeed(operation, nextVersion(operation));
    const began = performance.now();
    await succeed(operation, nextVersion(operation));
    durations.set(operation.name, performance.now() - began);
  }
});
afterAll(() => scene?.world.close());

async function succeed(operation: CrashOperation, version: number): Promise<void> {
  for (const { status, body } of await operation.run(version)) {
    expect(status, `${operation.name}: ${body}`).toBeLessThan(300);
  }
}

/** The moment at which the agent is killed: after a time, or with one of its changes to files. */
interface Kill {
  readonly what: string;
  wait(): Promise<void>;
}

function chooseKill(operation: CrashOperation): Kill {
  const limitMs = 1.2 * (durations.get(operation.name) ?? 0);
  if (random() < 0.5) {
    const afterMs = random() * limitMs;
    return { what: `after ${afterMs.toFixed(1)} ms`, wait: () => delay(afterMs) };
  }
  const changes = 1 + Math.floor(random() * CHANGES);
  return { what: `at change ${changes}`, wait: () => changesOfFiles(operation, changes, limitMs) };
}

/** Resolves with the change of that number, or when there are fewer changes. */
async function changesOfFiles(
  { directories }: CrashOperation,
  count: number,
  limitMs: number,
): Promise<void> {
  const reached = Promise.withResolvers<void>();
  let seen = 0;
  const present = directories.map((directory) => scene.amphora.box.file(directory)).filter(existsSync);
  const watchers = present.map((directory) =>
    watch(directory, () => {
      seen += 1;
      if (seen === count) reached.resolve();
    }),
  );
  await Promise.race([reached.promise, delay(limitMs)]);
  for (const watcher of watchers) watcher.close();
}

async function playRound(round: number): Promise<void> {
  const operation = scene.operations[Math.floor(random() * scene.operations.length)];
  if (operation === undefined) throw new Error('no operation');
  const kill = chooseKill(operation);
  const version = nextVersion(operation);
  const title = `seed ${SEED}, round ${round}: ${operation.name}, killed ${kill.what}`;
  expect(await scene.fetch()).toBeDefined();
  const moment = kill.wait();
  const underWay = operation.run(version).catch(() => []);
  await moment;
  await scene.amphora.stopAgent('SIGKILL');
  await underWay;
  expect(await scene.fetch(), `${title}: served while no agent runs`).toBeDefined();
  await scene.amphora.startAgent();
  const before = scene.connections();
  expect(await broken(scene, operation), title).toEqual([]);
  await scene.world.healthManager.next(({ listeners }) => scene.balancer.listenerId in listeners);
  await expect.poll(() => newlyTold(before)).toBeGreaterThanOrEqual(0);
  const { made, told } = scene.connections();
  expect(told, `${title}: connections that heartbeats told of`).toBeLessThanOrEqual(made);
  await succeed(operation, version);
}

/** The number of connections that were reported but never made. */
function newlyTold(before: ReturnType<CrashScene['connections']>): number {
  const { made, told } = scene.connections();
  return told - before.told - (made - before.made);
}

it(
  `an agent that is killed at any moment leaves an amphora that works (${ROUNDS} rounds)`,
  async () => {
    for (let round = 1; round <= ROUNDS; round += 1) await playRound(round);
    expect(scene.world.healthManager.refused).toEqual([]);
    const { made, told } = scene.connections();
    console.log(`seed ${SEED}: ${ROUNDS} rounds, ${made} connections, ${told} told of in heartbeats`);
    expect(told).toBeLessThanOrEqual(made);
  },
  ROUNDS * ROUND_MS,
);
