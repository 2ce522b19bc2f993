import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { createHeartbeatHost } from '../../../src/heartbeat/heartbeat-host.ts';
import { createProblemLog } from '../../../src/heartbeat/problem-log.ts';
import { createHaproxySource } from '../../../src/heartbeat/sources/haproxy-source.ts';
import { createFiles } from '../../../src/host/files.ts';
import type { TestHaproxy } from '../../support/heartbeat/heartbeat-world.ts';
import { useHeartbeatWorld } from '../../support/heartbeat/use-heartbeat-world.ts';

const world = useHeartbeatWorld();
let first: TestHaproxy;
let second: TestHaproxy;
let problems: string[];

beforeEach(async () => {
  [first, second] = await Promise.all([world.addHaproxy(), world.addHaproxy()]);
  await Promise.all([first.start(), second.start()]);
  problems = [];
});

function createSource() {
  const host = createHeartbeatHost(createFiles(), () => 60_000);
  const logger = pino(
    { level: 'warn' },
    { write: (line: string) => void problems.push(JSON.parse(line).subject) },
  );
  return createHaproxySource(world.paths, 'haproxy', host, createProblemLog(logger));
}

/** More time than a haproxy needs on a busy machine; a heartbeat waits until all have answered, not longer. */
const PATIENCE_MS = 60_000;
/** The time limit of heartbeats for which one haproxy never answers. */
const DEADLINE_MS = 5000;

/** Observes until every master answered: each has half a second for that, which a busy machine may exceed. */
async function observeAll() {
  const source = createSource();
  let observed = await source.observe(PATIENCE_MS);
  while (observed.configured === 'unknown') observed = await source.observe(PATIENCE_MS);
  return observed;
}

/** Returns the values that a message would have for the two load balancers. */
async function count(deadlineMs = PATIENCE_MS) {
  const observed = await createSource().observe(deadlineMs);
  return {
    listeners: new Map(observed.listeners.map(({ id, status }) => [id, status])),
    stopped: observed.stopped,
    configured: observed.configured,
  };
}

const bothOpen = () =>
  new Map([
    [first.listener, 'OPEN'],
    [second.listener, 'OPEN'],
  ]);
const secondOpen = () => new Map([[second.listener, 'OPEN']]);

describe('the listeners of a heartbeat', () => {
  it('are the listeners of all running haproxys, with their pools and members', async () => {
    const observed = await observeAll();
    expect(observed.version).toBe(3);
    expect(observed.configured).toEqual(new Set([first.listener, second.listener]));
    const ours = observed.pools.find(({ id }) => id === first.pool);
    expect(ours).toEqual({
      id: first.pool,
      listenerId: first.listener,
      key: `${first.pool}:${first.listener}`,
      status: 'UP',
      members: new Map([[first.member, 'no check']]),
    });
    expect((await count()).listeners).toEqual(bothOpen());
  });

  it('are the same object while haproxy has no traffic, so that nothing is computed from them again', async () => {
    await second.signal('master', 'SIGTERM');
    await rm(second.paths.directory, { recursive: true });
    const source = createSource();
    const observe = () => source.observe(PATIENCE_MS);
    const isKept = async (): Promise<boolean> => {
      const before = await observe();
      // times in the answer of haproxy are in seconds
      await delay(1100);
      return (await observe()) === before;
    };
    await expect.poll(isKept).toBe(true);
    const before = await observe();
    // not first.reload(), which waits for the end of the old worker, which waits for the connection of this source
    await first.signal('master', 'SIGUSR2');
    await expect.poll(async () => (await observe()) === before).toBe(false);
    await expect.poll(async () => (await observe()).pools).toEqual(before.pools);
  });

  it('stay complete and OPEN during a series of reloads', async () => {
    let reloading = true;
    const looks = [0, 0, 0];
    const reload = async (): Promise<void> => {
      for (let reloads = 0; reloads < 15 || Math.min(...looks) <= 15; reloads += 1)
        await Promise.all([first.reload(), second.reload()]);
      reloading = false;
    };
    const look = async (_count: number, who: number): Promise<void> => {
      const source = createSource();
      for (let seen = 1; reloading; seen += 1) {
        const observed = await source.observe(PATIENCE_MS);
        expect(new Map(observed.listeners.map(({ id, status }) => [id, status]))).toEqual(bothOpen());
        expect(observed.stopped).toEqual([]);
        looks[who] = seen;
      }
    };
    await Promise.all([reload(), ...looks.map(look)]);
    expect(problems).toEqual([]);
  });

  it('stay those of the old configuration when haproxy refuses a new one', async () => {
    await writeFile(
      first.paths.config,
      `${first.text}\nfrontend other\n    bind unix@/no/such/directory/x\n`,
    );
    await first.signal('master', 'SIGUSR2');
    await delay(500);
    expect((await count()).listeners).toEqual(bothOpen());
  });

  it('include a haproxy whose socket appears within the deadline', async () => {
    await rename(first.paths.statsSocket, `${first.paths.statsSocket}.away`);
    const counting = count();
    await delay(200);
    await rename(`${first.paths.statsSocket}.away`, first.paths.statsSocket);
    expect((await counting).listeners).toEqual(bothOpen());
  });

  it('leave out a haproxy whose socket is missing', async () => {
    await rm(first.paths.statsSocket);
    expect((await count(DEADLINE_MS)).listeners).toEqual(secondOpen());
    expect(problems).toEqual([`load balancer ${first.id}`]);
  });

  it('leave out a haproxy that hangs until it answers again', async () => {
    await first.signal('workers', 'SIGSTOP');
    const { configured, ...observed } = await count(DEADLINE_MS);
    expect(observed).toEqual({ listeners: secondOpen(), stopped: [] });
    // unknown if the other's master is slow, as on a busy machine: then nothing is forgotten either
    expect(configured === 'unknown' || configured.has(first.listener)).toBe(true);
    await first.signal('workers', 'SIGCONT');
    expect((await count()).listeners).toEqual(bothOpen());
  });

  it('come from the worker that serves and not from the master', async () => {
    await first.signal('master', 'SIGSTOP');
    expect((await count()).listeners).toEqual(bothOpen());
  });

  it('leave out a haproxy that was stopped', async () => {
    await first.signal('master', 'SIGTERM');
    await first.ended();
    expect(await count()).toMatchObject({ listeners: secondOpen(), stopped: [first.listener] });
    expect(problems).toEqual([]);
  });

  it('leave out a haproxy that was never started', async () => {
    const third = await world.addHaproxy();
    expect(await count()).toMatchObject({ listeners: bothOpen(), stopped: [third.listener] });
  });

  it.each([
    ['master', 'SIGKILL'],
    ['workers', 'SIGKILL'],
    ['workers', 'SIGSEGV'],
  ] as const)('leave out a haproxy whose %s ended by %s, until it runs again', async (which, signal) => {
    await first.signal(which, signal);
    await first.ended();
    expect(await count()).toMatchObject({ listeners: secondOpen(), stopped: [first.listener] });
    await first.start();
    expect((await count()).listeners).toEqual(bothOpen());
  });

  it('leave out a haproxy that dies while it answers', async () => {
    await first.signal('workers', 'SIGSTOP');
    const counting = count();
    await delay(200);
    await first.signal('workers', 'SIGKILL');
    expect(await counting).toMatchObject({ listeners: secondOpen(), stopped: [first.listener] });
  });

  it('leave out a haproxy whose pid file names another process, as after a reboot', async () => {
    await first.signal('master', 'SIGTERM');
    await first.ended();
    await writeFile(first.paths.pidFile, `${process.pid}\n`);
    expect(await count()).toMatchObject({ listeners: secondOpen(), stopped: [first.listener] });
  });

  it.each(['', 'garbage', '-1', '0'])(
    'are reported with the pid file %j of another haproxy',
    async (text) => {
      await writeFile(first.paths.pidFile, text);
      expect(await count()).toMatchObject({ listeners: bothOpen(), stopped: [] });
      await first.signal('master', 'SIGTERM');
      await first.ended();
      await writeFile(first.paths.pidFile, text);
      expect(await count()).toMatchObject({ listeners: secondOpen(), stopped: [first.listener] });
    },
  );

  it('leave out the directory of a refused first upload', async () => {
    const third = await world.addHaproxy();
    await rename(third.paths.config, third.paths.failedConfig);
    expect(await count()).toMatchObject({ listeners: bothOpen(), stopped: [] });
  });

  it('leave out a haproxy whose configuration cannot be read, and include the others', async () => {
    await rm(first.paths.config);
    await mkdir(first.paths.config);
    expect(await count()).toMatchObject({ listeners: secondOpen(), configured: 'unknown' });
  });

  it('are sent in version 1 if all were uploaded through API 0.5', async () => {
    await writeFile(first.paths.apiVersion, '0.5\n');
    expect((await createSource().observe(PATIENCE_MS)).version).toBe(3);
    await writeFile(second.paths.apiVersion, '0.5');
    expect((await createSource().observe(PATIENCE_MS)).version).toBe(1);
  });

  it('include a pool whose name has no listener, as API 0.5 writes it', async () => {
    const rocky = await world.addHaproxy({ ownPool: true });
    await rocky.start();
    const { pools } = await createSource().observe(PATIENCE_MS);
    expect(pools.find(({ id }) => id === rocky.pool)).toMatchObject({ listenerId: rocky.id });
  });
});
