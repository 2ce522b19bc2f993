import { once } from 'node:events';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Heartbeat, startHeartbeat } from '../../../src/heartbeat/supervise.ts';
import { heartbeatEntry } from '../../support/heartbeat/heartbeat-entry.ts';
import { type HeartbeatReceiver, openHeartbeatReceiver } from '../../support/heartbeat/heartbeat-receiver.ts';
import { type TestHaproxy, until } from '../../support/heartbeat/heartbeat-world.ts';
import { useHeartbeatWorld } from '../../support/heartbeat/use-heartbeat-world.ts';

const ENTRY = await heartbeatEntry();
const PART = 'x'.repeat(20_000);

const world = useHeartbeatWorld();
let haproxy: TestHaproxy;
let receiver: HeartbeatReceiver;
let heartbeat: Heartbeat;

const start = (): Heartbeat =>
  startHeartbeat({
    entry: ENTRY,
    config: world.config({ controllers: [receiver.address] }),
    logger: pino({ level: 'silent' }),
  });

beforeEach(async () => {
  haproxy = await world.addHaproxy();
  await haproxy.start();
  receiver = await openHeartbeatReceiver();
  heartbeat = start();
});
afterEach(async () => {
  await heartbeat.close();
  receiver.close();
});

/** A download that lasts as long as the test needs. haproxy counts its bytes when it ends. */
interface Download {
  /** Resolves when the client has received everything. */
  end(): Promise<void>;
}

async function download(): Promise<Download> {
  const client = haproxy.connect();
  const number = world.streams.length;
  let bytes = 0;
  client.on('data', (chunk) => {
    bytes += chunk.length;
  });
  client.write('GET /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  await until(() => world.streams.length > number);
  world.streams[number]?.write(PART);
  await until(() => bytes > PART.length);
  return {
    async end() {
      const closed = once(client, 'close');
      world.streams[number]?.end(PART);
      await closed;
    },
  };
}

const sum = (counter: 'tx' | 'totconns'): number =>
  receiver.heard.reduce(
    (total, { message }) => total + (message.listeners[haproxy.listener]?.stats[counter] ?? 0),
    0,
  );

/** Bytes of one download as haproxy counts them: without the framing of chunks. */
async function sizeOfOne(): Promise<number> {
  await (await download()).end();
  await until(() => sum('tx') > 0);
  return sum('tx');
}

async function threeMoreBeats(): Promise<void> {
  for (let beats = 0; beats < 3; beats += 1) await receiver.next();
}

describe('the traffic of workers that a reload has replaced', () => {
  it('is reported once over several reloads', async () => {
    const size = await sizeOfOne();
    const [first, second, last] = [await download(), await download(), await download()];
    await haproxy.replaceWorker();
    await first.end();
    await until(() => sum('tx') === 2 * size);
    const [fourth, held] = [await download(), await download()];
    await haproxy.replaceWorker();
    await Promise.all([second.end(), fourth.end()]);
    await until(() => sum('tx') === 4 * size && sum('totconns') === 6);
    await threeMoreBeats();
    expect(sum('tx')).toBe(4 * size);
    expect(receiver.heard.every(({ message }) => Object.keys(message.listeners).length === 1)).toBe(true);
    await Promise.all([held.end(), last.end()]);
  });

  it('is reported once over a restart of the agent', async () => {
    const size = await sizeOfOne();
    const [first, second, last] = [await download(), await download(), await download()];
    await haproxy.replaceWorker();
    await first.end();
    await until(() => sum('tx') === 2 * size);
    await heartbeat.close();
    await second.end();
    heartbeat = start();
    await until(() => sum('tx') === 3 * size);
    await threeMoreBeats();
    expect(sum('tx')).toBe(3 * size);
    await last.end();
  });

  it('is reported later if the master is silent for a while, and heartbeats go on meanwhile', async () => {
    const size = await sizeOfOne();
    const [first, last] = [await download(), await download()];
    await haproxy.replaceWorker();
    await receiver.next();
    await haproxy.signal('master', 'SIGSTOP');
    await first.end();
    await threeMoreBeats();
    expect(sum('tx')).toBe(size);
    await haproxy.signal('master', 'SIGCONT');
    await until(() => sum('tx') === 2 * size);
    await threeMoreBeats();
    expect(sum('tx')).toBe(2 * size);
    await last.end();
  });
});
