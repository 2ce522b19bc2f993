import { beforeEach, describe, expect, it } from 'vitest';
import { keptConfigName } from '../../../../src/domain/haproxy/kept-config.ts';
import { withoutTimes } from '../../../../src/domain/haproxy/servers-dump.ts';
import { loadBalancerId } from '../../../../src/domain/ids.ts';
import { createPaths } from '../../../../src/domain/paths.ts';
import { SocketSilent } from '../../../../src/errors.ts';
import type { Host } from '../../../../src/host/host.ts';
import type { OperationContext } from '../../../../src/operations/context.ts';
import { HAPROXY_DRIFT } from '../../../../src/operations/drift/haproxy/haproxy-drift.ts';
import { createLastLooks } from '../../../../src/operations/drift/last-looks.ts';
import { createObjectQueue } from '../../../../src/operations/object-queue.ts';
import { md5 } from '../../../support/md5.ts';
import { dump, FIRST, ONE, SECOND, TWO, text } from '../../../support/run-time/one-backend.ts';

const ID = loadBalancerId('3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f');
const PID = 42;
const paths = createPaths({ basePath: '/b', baseCertDir: '/b/certs', agentServerNetworkDir: '/b/network' });
const { config, history } = paths.loadBalancer(ID);
const NOT_RELOADED = { kind: 'configuration', weight: 'note' };

/** A haproxy that runs, and the files of the agent about it. */
let files: Map<string, string>;
let kept: string[];
let shown: { pid: number; dump: string };
let isSilent: boolean;
let context: OperationContext;
/** the files that were read */
let read: string[];

const keptName = (content: string, order = 1): string =>
  keptConfigName({ order, since: new Date(0), md5: md5(content) });

const contentOf = (file: string): string | undefined => {
  read.push(file);
  return files.get(file);
};

beforeEach(() => {
  files = new Map([[config, text([ONE, TWO])]]);
  kept = [keptName(text([ONE, TWO]))];
  shown = { pid: PID, dump: dump(FIRST, SECOND) };
  isSilent = false;
  read = [];
  context = {
    paths,
    queue: createObjectQueue(),
    config: () => ({ runtimeChanges: 'auto' }),
    drift: { lastLooks: createLastLooks() },
    host: {
      files: {
        list: async (directory: string) => (directory === history ? kept : [ID]),
        read: async (file: string) => {
          const content = contentOf(file);
          return content === undefined ? undefined : Buffer.from(content);
        },
        readText: async (file: string) => contentOf(file),
        exists: async (file: string) => files.has(file),
        fingerprint: async (file: string) => files.get(file),
        ageSeconds: async () => 5,
        changeAgeSeconds: async () => 5,
      },
      processes: { ageSeconds: async () => 100 },
      haproxy: {
        ask: async (socket: string) => {
          if (isSilent) throw new SocketSilent(socket, 'silent', true);
          return `Version: 2.6.12\nPid: ${shown.pid}\n\n${shown.dump}`;
        },
      },
      services: { state: async () => ({ status: 'failed', mainPid: undefined }) },
    } as Partial<Record<keyof Host, unknown>>,
  } as unknown as OperationContext;
});

const look = async () => {
  read = [];
  return (await HAPROXY_DRIFT.observe(context, undefined)).map(({ difference }) => difference);
};

describe('a look at a haproxy without a difference', () => {
  it('makes the next one read nothing, as long as nothing changes', async () => {
    expect(await look()).toEqual([]);
    expect(read).toContain(config);
    expect(await look()).toEqual([]);
    expect(read).toEqual([]);
    // each server was changed some seconds longer ago
    shown.dump = shown.dump.replaceAll(' 1 1 1 0 2 ', ' 1 63 1 0 2 ');
    expect(shown.dump).not.toBe(dump(FIRST, SECOND));
    expect(await look()).toEqual([]);
    expect(read).toEqual([]);
  });

  it.each<[string, () => void, object]>([
    ['a member', () => (shown.dump = dump(FIRST, { ...SECOND, admin: 1 })), { kind: 'members' }],
    ['a weight', () => (shown.dump = dump({ ...FIRST, weight: 7 }, SECOND)), { kind: 'members' }],
    ['a missing member', () => (shown.dump = dump(FIRST)), { kind: 'members' }],
    ['the stored text', () => files.set(config, text([ONE])), NOT_RELOADED],
    ['the history', () => kept.push(keptName('another', 2)), { kind: 'configuration' }],
    [
      'a change that did not end',
      () => files.set(paths.loadBalancer(ID).runTimeRecord, unfinishedRecord()),
      { kind: 'configuration', seen: 'a change that did not end' },
    ],
    ['its end', () => (isSilent = true), { kind: 'haproxy' }],
  ])('lets the next one see %s, and the end of the difference', async (_name, change, difference) => {
    expect(await look()).toEqual([]);
    const before = { files: new Map(files), kept: [...kept], shown: { ...shown } };
    change();
    expect(await look()).toMatchObject([difference]);
    expect(await look()).toMatchObject([difference]);
    ({ files, kept, shown } = before);
    isSilent = false;
    expect(await look()).toEqual([]);
  });

  it('counts for its worker only', async () => {
    await look();
    shown.pid += 1;
    expect(await look()).toEqual([]);
    expect(read).toContain(config);
  });
});

const unfinishedRecord = (): string =>
  JSON.stringify({ worker: PID, isUnfinished: true, applied: [], absent: [], added: [] });

it('a dump without times keeps everything but the time of each server', () => {
  const row = '3 p:l 1 one 192.0.2.1 2 0 1 1 86400 1 0 2 6 0 0 0 - 80 - 0 0 - - 0';
  const [, header] = dump().split('\n');
  expect(withoutTimes(`1\n${header}\n${row}\n${row}\n\n`)).toBe(
    `1\n${header}\n${`${row.replace(' 86400', '')}\n`.repeat(2)}\n`,
  );
});
