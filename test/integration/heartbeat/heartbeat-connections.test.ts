import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Heartbeat, startHeartbeat } from '../../../src/heartbeat/supervise.ts';
import { createHaproxySockets } from '../../../src/host/haproxy/haproxy-socket.ts';
import { createKeptConnections } from '../../../src/host/haproxy/kept-connections.ts';
import { heartbeatEntry } from '../../support/heartbeat/heartbeat-entry.ts';
import { type HeartbeatReceiver, openHeartbeatReceiver } from '../../support/heartbeat/heartbeat-receiver.ts';
import { type TestHaproxy, until } from '../../support/heartbeat/heartbeat-world.ts';
import { useHeartbeatWorld } from '../../support/heartbeat/use-heartbeat-world.ts';

const ENTRY = await heartbeatEntry();
const ANSWER_MS = 60_000;
/** No further beat comes within a test. */
const ONE_BEAT_S = 3600;

const world = useHeartbeatWorld();
const sockets = createHaproxySockets();
let haproxy: TestHaproxy;
beforeEach(async () => {
  haproxy = await world.addHaproxy();
  await haproxy.start();
});

/** Returns how many connections the worker has accepted, this one included. */
async function acceptedConnections(): Promise<number> {
  const info = await sockets.ask(haproxy.paths.statsSocket, 'show info', ANSWER_MS);
  return Number(/^CumConns: (\d+)$/m.exec(info)?.[1]);
}

describe('a connection to a worker that is kept', () => {
  it('gives the same answers as connections for each question, and is one connection', async () => {
    const connections = createKeptConnections(sockets, () => 60_000);
    const { statsSocket } = haproxy.paths;
    const before = await acceptedConnections();
    const kept: string[] = [];
    for (let count = 0; count < 5; count += 1)
      kept.push(await connections.ask(statsSocket, 'show info', 'show stat -1 4 -1', ANSWER_MS));
    expect((await acceptedConnections()) - before).toBe(2);
    const single = await sockets.ask(statsSocket, 'show info;show stat -1 4 -1', ANSWER_MS);
    const lasting = (answer: string) => answer.replace(/^(?!Name|Pid|Version|#).*$/gm, '');
    expect(kept.map(lasting)).toEqual(Array(5).fill(lasting(single)));
    connections.keepOnly([]);
  });
});

describe('the heartbeat’s connection to a worker', () => {
  let receiver: HeartbeatReceiver;
  let heartbeat: Heartbeat;
  const start = (heartbeatInterval: number): void => {
    heartbeat = startHeartbeat({
      entry: ENTRY,
      config: world.config({ controllers: [receiver.address], heartbeatInterval }),
      logger: pino({ level: 'silent' }),
    });
  };
  beforeEach(async () => {
    receiver = await openHeartbeatReceiver();
  });
  afterEach(async () => {
    await heartbeat.close();
    receiver.close();
  });
  const listeners = async () => Object.keys((await receiver.next()).listeners);

  it('ends with the first beat after a reload of which the thread got no message', async () => {
    start(0.3);
    expect(await listeners()).toEqual([haproxy.listener]);
    const [old] = await haproxy.workerPids();
    await haproxy.replaceWorker();
    await until(async () => (await haproxy.workerPids()).length === 1);
    expect(await haproxy.workerPids()).not.toContain(old);
    expect(await listeners()).toEqual([haproxy.listener]);
  });

  it('ends at once when the main thread says that a worker was replaced', async () => {
    start(ONE_BEAT_S);
    await listeners();
    await haproxy.replaceWorker();
    const both = await haproxy.workerPids();
    expect(both).toHaveLength(2);
    heartbeat.leaveWorkers();
    await until(async () => (await haproxy.workerPids()).length === 1);
  });

  it('leads to another worker after each reload, also when the configuration has no listener left', async () => {
    start(0.3);
    await listeners();
    await haproxy.configure((text) => text.replace(/^frontend [\s\S]*?(?=^backend )/m, ''));
    await haproxy.replaceWorker();
    await until(async () => (await listeners()).length === 0);
    await haproxy.configure(() => haproxy.text);
    await haproxy.replaceWorker();
    await until(async () => (await listeners()).length === 1);
    await until(async () => (await haproxy.workerPids()).length === 1);
  });

  it('is made again after a crash of haproxy', async () => {
    start(0.3);
    await listeners();
    await haproxy.signal('master', 'SIGKILL');
    await haproxy.signal('workers', 'SIGKILL').catch(() => undefined);
    await haproxy.ended();
    await until(async () => (await listeners()).length === 0);
    await haproxy.start();
    await until(async () => (await listeners()).length === 1);
  });
});
