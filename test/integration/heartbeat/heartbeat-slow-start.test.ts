import { writeFile } from 'node:fs/promises';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { startHeartbeat } from '../../../src/heartbeat/supervise.ts';
import { heartbeatEntry } from '../../support/heartbeat/heartbeat-entry.ts';
import { openHeartbeatReceiver } from '../../support/heartbeat/heartbeat-receiver.ts';
import { createHeartbeatWorld } from '../../support/heartbeat/heartbeat-world.ts';

const ENTRY = await heartbeatEntry();

it('a heartbeat thread that starts slowly is not restarted as if it hung', async () => {
  const world = await createHeartbeatWorld();
  await writeFile(`${world.paths.base}/start-slowly`, '');
  const receiver = await openHeartbeatReceiver();
  const config = world.config({ controllers: [receiver.address], heartbeatInterval: 0.2 });
  const heartbeat = startHeartbeat({ entry: ENTRY, config, logger: pino({ level: 'silent' }) });
  expect((await receiver.next()).seq).toBe(0);
  expect(heartbeat.counts().restarts).toBe(0);
  await heartbeat.close();
  receiver.close();
  await world.close();
});
