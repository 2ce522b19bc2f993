import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import type { HeartbeatConfig } from '../../../src/heartbeat/settings.ts';
import { startHeartbeat } from '../../../src/heartbeat/supervise.ts';
import { heartbeatEntry } from '../../support/heartbeat/heartbeat-entry.ts';
import { openHeartbeatReceiver } from '../../support/heartbeat/heartbeat-receiver.ts';
import { createHeartbeatWorld, until } from '../../support/heartbeat/heartbeat-world.ts';

const ENTRY = await heartbeatEntry();

interface Thread {
  /** what test/fixtures/heartbeat-entry.ts does at the start */
  readonly order?: string;
  readonly firstBeatMs?: number;
  /** seconds */
  readonly heartbeatInterval?: number;
}

/** Starts a thread of which half a second of silence is too long, if its interval is short. */
async function startThread({ order, firstBeatMs, heartbeatInterval = 0.1 }: Thread) {
  const world = await createHeartbeatWorld();
  const give = (given: string): Promise<void> => writeFile(`${world.paths.base}/${given}`, '');
  if (order !== undefined) await give(order);
  const receiver = await openHeartbeatReceiver();
  const config = (changes: Partial<HeartbeatConfig>): HeartbeatConfig =>
    world.config({ controllers: [receiver.address], ...changes });
  const heartbeat = startHeartbeat({
    entry: ENTRY,
    config: config({ heartbeatInterval }),
    logger: pino({ level: 'silent' }),
    leastPatienceMs: 500,
    ...(firstBeatMs === undefined ? {} : { firstBeatMs }),
  });
  onTestFinished(async () => {
    await heartbeat.close();
    receiver.close();
    await world.close();
  });
  return { heartbeat, receiver, give, config };
}

/** Starts a thread that needs 4 s until its first beat. */
const startSlowly = (firstBeatMs?: number) =>
  startThread({ order: 'start-slowly', ...(firstBeatMs === undefined ? {} : { firstBeatMs }) });

it('a heartbeat thread that starts slowly is not restarted as if it hung', async () => {
  const { heartbeat, receiver } = await startSlowly();
  expect((await receiver.next()).seq).toBe(0);
  expect(heartbeat.counts().restarts).toBe(0);
});

it('a first heartbeat thread that does not beat in its time is restarted, and is waited for no longer', async () => {
  const { heartbeat } = await startSlowly(500);
  expect(heartbeat.alive()).toBe(true);
  await heartbeat.begun();
  expect(heartbeat.counts().sent).toBe(0);
  await until(() => heartbeat.counts().restarts > 0);
});

it('a heartbeat thread that hangs soon after its first beat is restarted as soon as a later one', async () => {
  const { heartbeat, receiver, give } = await startThread({ firstBeatMs: 600_000 });
  await receiver.next();
  await give('hang');
  await until(() => heartbeat.counts().restarts > 0);
});

it('a heartbeat thread that hangs is restarted in the time of a new, shorter interval', async () => {
  const { heartbeat, receiver, give, config } = await startThread({ heartbeatInterval: 3600 });
  await receiver.next();
  await give('hang');
  await delay(500);
  heartbeat.update(config({ heartbeatInterval: 0.1 }));
  await until(() => heartbeat.counts().restarts > 0);
  expect((await receiver.next()).seq).toBe(1);
});
