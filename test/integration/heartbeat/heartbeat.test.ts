import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HeartbeatConfig } from '../../../src/heartbeat/settings.ts';
import { type Heartbeat, startHeartbeat } from '../../../src/heartbeat/supervise.ts';
import { countInThread } from '../../support/heartbeat/datagram-counter.ts';
import { heartbeatEntry } from '../../support/heartbeat/heartbeat-entry.ts';
import { type HeartbeatReceiver, openHeartbeatReceiver } from '../../support/heartbeat/heartbeat-receiver.ts';
import { type TestHaproxy, until } from '../../support/heartbeat/heartbeat-world.ts';
import { useHeartbeatWorld } from '../../support/heartbeat/use-heartbeat-world.ts';

const ENTRY = await heartbeatEntry();

/** haproxy must answer within half of it, which is enough on a busy machine too. */
const INTERVAL_S = 2;

const world = useHeartbeatWorld();
let haproxy: TestHaproxy;
let receiver: HeartbeatReceiver;
let log: { level: number; subject?: string; msg: string }[];
const heartbeats: Heartbeat[] = [];

beforeEach(async () => {
  haproxy = await world.addHaproxy();
  await haproxy.start();
  receiver = await openHeartbeatReceiver();
  log = [];
});
afterEach(async () => {
  await Promise.all(heartbeats.splice(0).map((heartbeat) => heartbeat.close()));
  receiver.close();
});

function start(changes: Partial<HeartbeatConfig> = {}): Heartbeat {
  const logger = pino({ level: 'debug' }, { write: (line: string) => void log.push(JSON.parse(line)) });
  const config = world.config({ controllers: [receiver.address], heartbeatInterval: INTERVAL_S, ...changes });
  const heartbeat = startHeartbeat({ entry: ENTRY, config, logger });
  heartbeats.push(heartbeat);
  return heartbeat;
}

const sequences = () => receiver.heard.map(({ message }) => message.seq);
const stats = (index: number) => receiver.heard.at(index)?.message.listeners[haproxy.listener]?.stats;
const heardAtLeast = (count: number) => until(() => receiver.heard.length >= count);

describe('heartbeats', () => {
  it('start at once with 0 and go on at their rate', async () => {
    const heartbeat = start();
    await heardAtLeast(4);
    expect(sequences().slice(0, 4)).toEqual([0, 1, 2, 3]);
    expect(receiver.heard[0]?.message).toMatchObject({
      id: '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f',
      ver: 3,
      listeners: { [haproxy.listener]: { status: 'OPEN' } },
      pools: {
        [`${haproxy.pool}:${haproxy.listener}`]: { status: 'UP', members: { [haproxy.member]: 'no check' } },
      },
    });
    expect(heartbeat.alive()).toBe(true);
    expect((await heartbeat.recent())[0]).toMatchObject({ bytes: expect.any(Number), error: undefined });
    expect(heartbeat.counts()).toMatchObject({ partial: 0, failed: 0, silent: 0, restarts: 0 });
    expect(log).toEqual([]);
  });

  it('go on while the main thread is busy with a computation', async () => {
    const counter = await countInThread();
    start({ heartbeatInterval: 0.2, controllers: [counter.address] });
    // this thread receives and runs nothing until the other one has counted them
    expect(counter.waitFor(5, 60_000)).toBe(true);
    await counter.close();
  });

  it('report traffic once, keep the counters on disk, and count the gap of a restart once', async () => {
    const heartbeat = start();
    await heardAtLeast(1);
    const bytes = await haproxy.get();
    await until(() => stats(-1)?.totconns === 1);
    const sent = stats(-1);
    expect(sent?.tx).toBeGreaterThan(bytes);
    await heardAtLeast(receiver.heard.length + 1);
    expect(stats(-1)).toEqual({ tx: 0, rx: 0, conns: 0, totconns: 0, ereq: 0 });
    await heartbeat.close();

    const file = world.paths.countersFile;
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    const [worker] = await haproxy.workerPids();
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
      [haproxy.listener]: { bin: sent?.rx, bout: sent?.tx, ereq: 0, stot: 1, worker },
    });
    await haproxy.get();
    await haproxy.get();
    receiver.heard.length = 0;
    start();
    await heardAtLeast(2);
    expect(stats(0)).toEqual({ ...sent, tx: 2 * (sent?.tx ?? 0), rx: 2 * (sent?.rx ?? 0), totconns: 2 });
    expect(stats(1)?.totconns).toBe(0);
    expect(sequences().slice(0, 2)).toEqual([0, 1]);
  });

  it('count from zero after haproxy was restarted', async () => {
    await haproxy.get();
    await haproxy.get();
    start();
    await heardAtLeast(1);
    expect(stats(0)?.totconns).toBe(2);
    await haproxy.signal('master', 'SIGTERM');
    await haproxy.ended();
    await haproxy.start();
    await haproxy.get();
    await heardAtLeast(receiver.heard.length + 2);
    const total = receiver.heard.reduce((sum, { message }) => {
      return sum + (message.listeners[haproxy.listener]?.stats.totconns ?? 0);
    }, 0);
    expect(total).toBe(3);
  });

  it.each(['', '{"', 'null'])('count from current values where the counters file holds %j', async (text) => {
    await haproxy.get();
    await writeFile(world.paths.countersFile, text);
    start();
    await heardAtLeast(1);
    expect(stats(0)).toMatchObject({ tx: 0, totconns: 0 });
    await haproxy.get();
    await until(() => stats(-1)?.totconns === 1);
    expect(log.map(({ subject }) => subject)).toContain(world.paths.countersFile);
  });

  it('keep the counters of a haproxy that hangs and forget those of a deleted listener', async () => {
    const second = await world.addHaproxy();
    await second.start();
    await haproxy.get();
    start();
    await heardAtLeast(1);
    await haproxy.signal('workers', 'SIGSTOP');
    await second.signal('master', 'SIGTERM');
    await second.ended();
    await rm(second.paths.directory, { recursive: true });
    await until(() => Object.keys(receiver.heard.at(-1)?.message.listeners ?? { x: 1 }).length === 0);
    await receiver.next();
    const file = JSON.parse(await readFile(world.paths.countersFile, 'utf8'));
    expect(Object.keys(file)).toEqual([haproxy.listener]);
    await haproxy.signal('workers', 'SIGCONT');
    await until(() => stats(-1) !== undefined);
    expect(stats(-1)?.totconns).toBe(0);
  });

  it('of version 1 have absolute counters, the pools inside their listeners, and DOWN for a stopped haproxy', async () => {
    const rocky = await world.addHaproxy({ ownPool: true });
    const stopped = await world.addHaproxy({ ownPool: true });
    await rocky.start();
    await rocky.get();
    for (const each of [haproxy, rocky, stopped]) await writeFile(each.paths.apiVersion, '0.5');
    start();
    await heardAtLeast(2);
    const message = receiver.heard[1]?.message;
    expect(message).toMatchObject({ ver: 1, seq: 1 });
    expect(message).not.toHaveProperty('pools');
    expect(message?.listeners[rocky.id]).toMatchObject({
      status: 'OPEN',
      stats: { totconns: 1 },
      pools: { [rocky.pool]: { status: 'UP', members: { [rocky.member]: 'no check' } } },
    });
    expect(message?.listeners[stopped.id]).toMatchObject({ status: 'DOWN', stats: { tx: 0 }, pools: {} });
  });
});

describe('controllers', () => {
  it('get heartbeats in turn, over IPv4 and IPv6, even if others are unreachable', async () => {
    const six = await openHeartbeatReceiver('::1');
    start({
      heartbeatInterval: 0.2,
      controllers: [
        receiver.address,
        { host: 'no-such-host.invalid', port: 5555 },
        { host: '192.0.2.300', port: 5555 },
        six.address,
        { host: '127.0.0.1', port: 1 },
      ],
    });
    await until(() => receiver.heard.length >= 2 && six.heard.length >= 2);
    expect(sequences().slice(0, 2)).toEqual([0, 5]);
    expect(six.heard.slice(0, 2).map(({ message }) => message.seq)).toEqual([3, 8]);
    const subjects = log.filter(({ level }) => level === 40).map(({ subject }) => subject);
    expect(subjects.sort()).toEqual(['controller 192.0.2.300:5555', 'controller no-such-host.invalid:5555']);
    six.close();
  });

  it('that are added at run time get the next message, with the new key', async () => {
    const other = await openHeartbeatReceiver();
    const heartbeat = start();
    await heardAtLeast(1);
    heartbeat.update(world.config({ controllers: [other.address], heartbeatKey: 'changed' }));
    await until(() => other.heard.length >= 2);
    expect(other.heard[0]?.message.seq).toBe(1);
    expect(receiver.heard).toHaveLength(1);
    expect(JSON.stringify(log)).not.toContain('changed');
    other.close();
  });

  it('that are the first of the list start the heartbeats', async () => {
    const heartbeat = start({ controllers: [] });
    await delay(600);
    await expect(stat(world.paths.countersFile)).rejects.toThrow('ENOENT');
    expect(heartbeat.alive()).toBe(true);
    heartbeat.update(world.config({ controllers: [receiver.address] }));
    expect((await receiver.next()).seq).toBe(0);
  });

  it('get heartbeats at the new rate after the interval changes', async () => {
    const heartbeat = start({ heartbeatInterval: 3600 });
    await heardAtLeast(1);
    heartbeat.update(world.config({ controllers: [receiver.address], heartbeatInterval: 0.1 }));
    await heardAtLeast(5);
    expect(sequences().slice(0, 5)).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('a configured keepalived', () => {
  const runKeepalived = () => {
    const { vrrp, base } = world.paths;
    const pids = ['-p', vrrp.pidFile, '-r', `${base}/vrrp-child.pid`, '-c', `${base}/check-child.pid`];
    return world.run('keepalived', ['--dont-fork', '--log-console', '-f', vrrp.config, ...pids]);
  };

  it('that does not run stops the heartbeats, and no sequence number is used up', async () => {
    await mkdir(world.paths.vrrp.directory);
    await writeFile(world.paths.vrrp.config, 'global_defs {\n}\n');
    const heartbeat = start();
    await until(() => heartbeat.counts().silent > 0);
    await delay(600);
    expect(receiver.heard).toEqual([]);
    expect(heartbeat.alive()).toBe(true);

    const keepalived = runKeepalived();
    expect((await receiver.next()).seq).toBe(0);
    await receiver.next();
    const silent = heartbeat.counts().silent;
    keepalived.kill('SIGKILL');
    await until(() => heartbeat.counts().silent > silent);
    const heard = receiver.heard.length;
    runKeepalived();
    expect((await receiver.next()).seq).toBe(heard);
    expect(log.filter(({ subject }) => subject === 'keepalived').map(({ level }) => level)).toEqual([
      40, 30, 40, 30,
    ]);
  });
});

describe('the heartbeat thread', () => {
  it('is restarted when it dies', async () => {
    const heartbeat = start();
    await heardAtLeast(2);
    await haproxy.get();
    await until(() => stats(-1)?.totconns === 1);
    await receiver.next();
    await writeFile(`${world.paths.base}/die`, '');
    await until(() => heartbeat.counts().restarts === 1);
    const { seq, listeners } = await receiver.next();
    expect(seq).toBeGreaterThan(sequences()[0] ?? 0);
    expect(listeners[haproxy.listener]?.stats.totconns).toBe(0);
    expect(log.map(({ level, msg }) => [level, msg])).toEqual([
      [50, 'the heartbeat thread ended and will be restarted'],
    ]);
  });

  it('is reported as dead when it hangs, and is ended and restarted', async () => {
    const heartbeat = start({ heartbeatInterval: 0.2 });
    await heardAtLeast(1);
    await writeFile(`${world.paths.base}/hang`, '');
    await until(() => !heartbeat.alive());
    await until(() => heartbeat.counts().restarts > 0);
    await receiver.next();
    await until(() => heartbeat.alive());
    const ended = log.filter(({ msg }) => msg.startsWith('the heartbeat thread hangs'));
    expect(heartbeat.counts().restarts).toBe(ended.length);
  });

  it('ends on request, also while a haproxy delays it', async () => {
    const heartbeat = start({ heartbeatInterval: 5 });
    await heardAtLeast(1);
    await haproxy.signal('workers', 'SIGSTOP');
    heartbeat.update(world.config({ controllers: [receiver.address], heartbeatInterval: 0.1 }));
    await delay(200);
    await heartbeat.close();
    await receiver.settled();
    const heard = receiver.heard.length;
    await delay(300);
    await receiver.settled();
    expect(receiver.heard.length).toBe(heard);
  });
});
