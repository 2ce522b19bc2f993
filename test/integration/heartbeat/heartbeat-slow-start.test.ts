import { writeFile } from 'node:fs/promises';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { startHeartbeat } from '../../../src/heartbeat/supervise.ts';
import { heartbeatEntry } from '../../support/heartbeat/heartbeat-entry.ts';
import { createHeartbeatWorld, openEar } from '../../support/heartbeat/heartbeat-world.ts';

const ENTRY = await heartbeatEntry();

it('a heartbeat thread that starts slowly is not restarted as if it hung', async () => {
  const world = await createHeartbeatWorld();
  await writeFile(`${world.paths.base}/start-slowly`, '');
  const ear = await openEar();
  const config = world.config({ controllers: [ear.address], heartbeatInterval: 0.2 });
  const heartbeat = startHeartbeat({ entry: ENTRY, config, logger: pino({ level: 'silent' }) });
  expect((await ear.next()).seq).toBe(0);
  expect(heartbeat.counts().restarts).toBe(0);
  await heartbeat.close();
  ear.close();
  await world.close();
});
