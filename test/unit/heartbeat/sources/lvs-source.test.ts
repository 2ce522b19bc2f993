import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenerId } from '../../../../src/domain/ids.ts';
import { parseIpvsadmCounters, parseIpvsFile } from '../../../../src/domain/keepalived/ipvs-text.ts';
import type { IpvsState } from '../../../../src/domain/keepalived/lvs-statistics.ts';
import { createPaths, type Paths } from '../../../../src/domain/paths.ts';
import { createProblemLog } from '../../../../src/heartbeat/problem-log.ts';
import { createLvsSource } from '../../../../src/heartbeat/sources/lvs-source.ts';
import { createDirectoryLists } from '../../../../src/host/directory-lists.ts';
import { createFiles } from '../../../../src/host/files.ts';
import {
  FIRST,
  IPVS_EMPTY,
  IPVS_FILE,
  IPVSADM_STATS,
  LVS,
  lvsConfigText,
  SECOND,
} from '../../../support/keepalived/lvs-examples.ts';

const OTHER = 'b2000000-0000-4000-8000-000000000002';
const KERNEL: IpvsState = {
  services: parseIpvsFile(IPVS_FILE),
  counters: parseIpvsadmCounters(IPVSADM_STATS),
};
const EMPTY: IpvsState = { services: parseIpvsFile(IPVS_EMPTY), counters: [] };

let base: string;
let paths: Paths;
beforeEach(async () => {
  base = await mkdtemp(path.join(tmpdir(), 'lvs-source-'));
  paths = createPaths({ basePath: base, baseCertDir: base, agentServerNetworkDir: base });
  await mkdir(paths.lvsDirectory);
});
afterEach(() => rm(base, { recursive: true }));

type Answer = IpvsState | 'missing' | Error | 'never';

/** A kernel with IPVS and a running keepalived, which this machine may lack. */
function world(options: { answers: Answer[]; running?: readonly string[]; ageSeconds?: number }) {
  const { answers, running = [LVS.listener, OTHER], ageSeconds = 1000 } = options;
  const asked: (number | undefined)[] = [];
  const pidFiles = new Map(
    running.map((id, index) => [paths.lvsListener(listenerId(id)).pidFile, 100 + index]),
  );
  const host = {
    files: createFiles(),
    lists: createDirectoryLists(),
    processes: {
      runningPid: async (file: string) => pidFiles.get(file),
      ageSeconds: async () => ageSeconds,
      signal: async () => false,
      runsReplacedFiles: async () => false,
    },
    ipvs: {
      read: async (pid: number | undefined) => {
        const answer = answers[Math.min(asked.length, answers.length - 1)];
        asked.push(pid);
        if (answer instanceof Error) throw answer;
        return answer === 'never' || answer === undefined ? new Promise<never>(() => undefined) : answer;
      },
    },
  };
  const source = createLvsSource(paths, host, createProblemLog(pino({ level: 'silent' })));
  return { asked, observe: (deadlineMs = 1000) => source.observe(deadlineMs) };
}

const store = async (id = LVS.listener as string, text = lvsConfigText({ listener: id })) => {
  const { config } = paths.lvsListener(listenerId(id));
  await writeFile(config, text);
  await setAge(config, 5000);
};

async function setAge(file: string, seconds: number): Promise<void> {
  const written = Date.now() / 1000 - seconds;
  await utimes(file, written, written);
}

describe('heartbeats of UDP and SCTP listeners', () => {
  it('read no kernel state without such a listener, or with disabled ones only', async () => {
    const { observe, asked } = world({ answers: ['never'] });
    expect(await observe()).toMatchObject({ listeners: [], configured: new Set(), version: undefined });
    await store(LVS.listener, `# Listener ${LVS.listener} is disabled\n`);
    expect(await observe()).toMatchObject({
      listeners: [],
      stopped: [],
      configured: new Set([LVS.listener]),
    });
    await rm(paths.lvsDirectory, { recursive: true });
    expect(await observe()).toMatchObject({ listeners: [] });
    expect(asked).toEqual([]);
  });

  it('have the traffic, pools and members of listeners whose keepalived runs', async () => {
    await store();
    await store(OTHER);
    const { observe, asked } = world({ answers: [KERNEL], running: [OTHER] });
    const { listeners, pools, stopped, configured, version } = await observe();
    expect(listeners.map(({ id, status }) => [id, status])).toEqual([[OTHER, 'OPEN']]);
    expect(listeners[0]?.counters?.stot).toBe(12_345_678_901);
    expect(pools.map(({ key, listenerId }) => [key, listenerId])).toEqual([[LVS.pool, OTHER]]);
    expect(stopped).toEqual([LVS.listener]);
    expect(configured).toEqual(new Set([LVS.listener, OTHER]));
    expect(version).toBe(3);
    expect(asked).toEqual([100]);
  });

  it('are of version 1 after an upload through API 0.5', async () => {
    await store();
    await writeFile(paths.lvsListener(listenerId(LVS.listener)).apiVersion, '0.5\n');
    expect((await world({ answers: [KERNEL] }).observe()).version).toBe(1);
  });

  it('are OPEN without counters if the kernel has no IPVS, with and without a running keepalived', async () => {
    await store();
    for (const running of [[], [LVS.listener]]) {
      const { listeners, pools } = await world({ answers: ['missing'], running }).observe();
      expect(listeners).toEqual([{ id: LVS.listener, status: 'OPEN', connections: 0, counters: undefined }]);
      expect(pools).toMatchObject([{ status: 'DOWN' }]);
    }
  });

  it('keep their pools and have no traffic while the kernel cannot be read', async () => {
    await store();
    const { observe } = world({ answers: [KERNEL, new Error('broken'), 'never'] });
    const { pools } = await observe();
    for (const deadlineMs of [1000, 50]) {
      const observed = await observe(deadlineMs);
      expect(observed.listeners).toEqual([
        { id: LVS.listener, status: 'OPEN', connections: 0, counters: undefined },
      ]);
      expect(observed.pools).toEqual(pools);
    }
  });

  it('never start a second read of the kernel while the first one hangs', async () => {
    await store();
    const { observe, asked } = world({ answers: ['never'] });
    for (let beat = 0; beat < 3; beat += 1) expect((await observe(20)).listeners).toHaveLength(1);
    expect(asked).toHaveLength(1);
  });

  it.each([
    { when: 'before the first round of checks', ageSeconds: 60, configAge: 5000, status: 'RESTARTING' },
    {
      when: 'before the restart with a new configuration',
      ageSeconds: 500,
      configAge: 1,
      status: 'RESTARTING',
    },
    { when: 'after it', ageSeconds: 62, configAge: 5000, status: 'DOWN' },
    {
      when: 'after it, by a clock that was set back since',
      ageSeconds: 500,
      configAge: -5000,
      pidFileAge: -5100,
      status: 'DOWN',
    },
  ])(
    'report members that the kernel lacks as $status $when',
    async ({ ageSeconds, configAge, pidFileAge = ageSeconds, status }) => {
      await store();
      const { config, pidFile } = paths.lvsListener(listenerId(LVS.listener));
      await writeFile(pidFile, '100\n');
      await setAge(config, configAge);
      await setAge(pidFile, pidFileAge);
      const { pools } = await world({ answers: [EMPTY], ageSeconds }).observe();
      expect(Object.fromEntries(pools[0]?.members ?? [])).toEqual({
        [FIRST.id]: status,
        [SECOND.id]: status,
        [LVS.disabled]: 'MAINT',
      });
    },
  );

  it('go on without a listener whose file cannot be read, and forget no counters', async () => {
    await store();
    await mkdir(paths.lvsListener(listenerId(OTHER)).config);
    const { listeners, configured } = await world({ answers: [KERNEL] }).observe();
    expect(listeners.map(({ id }) => id)).toEqual([LVS.listener]);
    expect(configured).toBe('unknown');
  });
});
