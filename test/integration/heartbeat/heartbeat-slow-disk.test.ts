import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { startHeartbeat } from '../../../src/heartbeat/supervise.ts';
import { heartbeatEntry } from '../../support/heartbeat/heartbeat-entry.ts';
import { openHeartbeatReceiver } from '../../support/heartbeat/heartbeat-receiver.ts';
import { createHeartbeatWorld, until } from '../../support/heartbeat/heartbeat-world.ts';

const ENTRY = await heartbeatEntry();

it('heartbeats go on while every file access of the process hangs', async () => {
  const world = await createHeartbeatWorld();
  const haproxy = await world.addHaproxy();
  await haproxy.start();
  const receiver = await openHeartbeatReceiver();
  const pipes = await hangingFiles(world.paths.base, 8);
  const config = world.config({ controllers: [receiver.address], heartbeatInterval: 0.2 });
  const heartbeat = startHeartbeat({ entry: ENTRY, config, logger: pino({ level: 'silent' }) });
  await until(() => receiver.heard.length >= 6);
  expect(receiver.heard.slice(0, 6).map(({ message }) => message.seq)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(Object.keys(receiver.heard[5]?.message.listeners ?? {})).toEqual([haproxy.listener]);
  expect(heartbeat.counts().restarts).toBe(0);
  await pipes.release();
  await heartbeat.close();
  receiver.close();
  await world.close();
});

/** Reads pipes that have no writer: each read blocks one of the four threads that Node has for files. */
async function hangingFiles(directory: string, count: number): Promise<{ release(): Promise<void> }> {
  const pipes = Array.from({ length: count }, (_, index) => `${directory}/pipe-${index}`);
  for (const pipe of pipes) execFileSync('mkfifo', [pipe]);
  const reads = pipes.map((pipe) => readFile(pipe));
  await delay(100);
  return {
    async release() {
      for (const pipe of pipes) execFileSync('timeout', ['5', 'tee', pipe], { input: '' });
      await Promise.all(reads);
    },
  };
}
