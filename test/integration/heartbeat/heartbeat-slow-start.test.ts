import { writeFile } from 'node:fs/promises';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { startHeartbeat } from '../../../src/heartbeat/supervise.ts';
import { heartbeatEntry } from '../../support/heartbeat/heartbeat-entry.ts';
import { openHeartbeatReceiver } from '../../support/heartbeat/heartbeat-receiver.ts';
import { createHeartbeatWorld, until } from '../../support/heartbeat/heartbeat-world.ts';

const ENTRY = await heartbeatEntry();

/** Starts a thread that needs 4 s until its first beat, where half a second of silence is too long. */
async function startSlowly(firstBeatMs?: number) {
  const world = await createHeartbeatWorld();
  await writeFile(`${world.paths.base}/start-slowly`, '');
  const receiver = await openHeartbeatReceiver();
  const heartbeat = startHeartbeat({
    entry: ENTRY,
    config: world.config({ controllers: [receiver.address], heartbeatInterval: 0.1 }),
    logger: pino({ level: 'silent' }),
    leastPatienceMs: 500,
    ...(firstBeatMs === undefined ? {} : { firstBeatMs }),
  });
  onTestFinished(async () => {
    await heartbeat.close();
    receiver.close();
    await world.close();
  });
  return { heartbeat, receiver };
}

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
