import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { CHECK_TEXT } from '../../../../src/domain/haproxy/haproxy-check.ts';
import { loadBalancerId } from '../../../../src/domain/ids.ts';
import { CHECK_CONFIG, createPaths, HARD_STOP_CONFIG } from '../../../../src/domain/paths.ts';
import { hardStopText } from '../../../../src/domain/service-definitions.ts';
import type { Host } from '../../../../src/host/host.ts';
import { CHECK_COMMANDS } from '../../../../src/operations/amphora/data-plane-commands.ts';
import type { OperationContext } from '../../../../src/operations/context.ts';
import { FILE_DRIFT } from '../../../../src/operations/drift/files/file-drift.ts';
import { createLastLooks } from '../../../../src/operations/drift/last-looks.ts';
import { createObjectQueue } from '../../../../src/operations/object-queue.ts';
import { renderTemplate } from '../../../support/templates.ts';

const ID = loadBalancerId('3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f');
const paths = createPaths({ basePath: '/b', baseCertDir: '/b/certs', agentServerNetworkDir: '/b/network' });
const INSTALLED = '/installed';
const KEY = path.join(paths.loadBalancer(ID).certificates, 'key.pem');

interface File {
  readonly text: string;
  readonly mode: number;
}

let files: Map<string, File>;
let reads: number;
let inspections: number;
let unit: 'same' | 'missing';
/** a file that can't be looked at */
let broken: string | undefined;
let context: OperationContext;

const isDirectory = (place: string): boolean =>
  [...files.keys()].some((file) => file.startsWith(`${place}/`));
const config = (haproxyHardStopAfter: number) =>
  Object.freeze({
    haproxyHardStopAfter,
    haproxyCmd: '/haproxy',
    administrativeLogFacility: 1,
    amphoraId: ID,
  });
let options: ReturnType<typeof config>;

beforeEach(() => {
  [reads, inspections, unit, options, broken] = [0, 0, 'same', config(60), undefined];
  files = new Map([
    [HARD_STOP_CONFIG, { text: hardStopText(60), mode: 0o644 }],
    [CHECK_CONFIG, { text: CHECK_TEXT, mode: 0o644 }],
    ...CHECK_COMMANDS.flatMap((name): [string, File][] => [
      [path.join(INSTALLED, name), { text: name, mode: 0o755 }],
      [path.join(paths.commands, name), { text: name, mode: 0o755 }],
    ]),
  ]);
  const host: Partial<Record<keyof Host, unknown>> = {
    files: {
      list: async (directory: string) =>
        [...new Set([...files.keys()].filter((file) => file.startsWith(`${directory}/`)))].map(
          (file) => path.relative(directory, file).split('/')[0],
        ),
      exists: async (file: string) => files.has(file) || isDirectory(file),
      readText: async (file: string) => {
        reads += 1;
        return files.get(file)?.text;
      },
      attributes: async (place: string) => {
        if (place === broken) throw new Error('too many links');
        const file = files.get(place);
        if (file !== undefined) return { isDirectory: false, mode: file.mode, fingerprint: file.text };
        return isDirectory(place) ? { isDirectory: true, mode: 0o755, fingerprint: '' } : undefined;
      },
    },
    services: {
      inspect: async () => {
        inspections += 1;
        return unit;
      },
      definitionFiles: (name: string) => [`/units/${name}`],
    },
  };
  context = {
    ...{ paths, host, render: renderTemplate, configFile: '/agent.conf', installedCommands: INSTALLED },
    ...{ config: () => options, queue: createObjectQueue() },
    drift: { lastLooks: createLastLooks() },
  } as unknown as OperationContext;
});

const look = async () => (await FILE_DRIFT.observe(context, undefined)).map(({ difference }) => difference);

describe('a look at the files without a difference', () => {
  it('makes the next one compare nothing, as long as nothing changes', async () => {
    expect(await look()).toEqual([]);
    expect(reads).toBeGreaterThan(0);
    reads = 0;
    expect(await look()).toEqual([]);
    expect(reads).toBe(0);
  });

  it.each<[string, () => void, object]>([
    ['another text', () => edit(CHECK_CONFIG, { text: 'edited' }), { kind: 'file', object: CHECK_CONFIG }],
    ['another mode', () => edit(CHECK_CONFIG, { mode: 0o666 }), { kind: 'mode', object: CHECK_CONFIG }],
    ['a missing file', () => files.delete(CHECK_CONFIG), { kind: 'file', seen: 'missing' }],
    ['another option', () => (options = config(90)), { kind: 'file', object: HARD_STOP_CONFIG }],
  ])('lets the next one see %s, and the end of the difference', async (_name, change, difference) => {
    expect(await look()).toEqual([]);
    const before = { files: new Map(files), options };
    change();
    for (let again = 1; again <= 2; again += 1) expect(await look()).toMatchObject([difference]);
    ({ files, options } = before);
    expect(await look()).toEqual([]);
  });

  it('lets the next one see a new load balancer with its unit, and a new key with its mode', async () => {
    expect(await look()).toEqual([]);
    expect(inspections).toBe(0);
    files.set(paths.loadBalancer(ID).config, { text: '', mode: 0o600 });
    unit = 'missing';
    expect((await look()).map(({ seen }) => seen)).toEqual(['missing', 'missing']);
    unit = 'same';
    expect(await look()).toEqual([]);
    files.set(KEY, { text: 'key', mode: 0o644 });
    expect(await look()).toMatchObject([{ kind: 'mode', object: KEY, seen: 'mode 0644' }]);
    edit(KEY, { mode: 0o600 });
    expect(await look()).toEqual([]);
    edit(KEY, { mode: 0o640 });
    expect(await look()).toMatchObject([{ kind: 'mode', object: KEY, seen: 'mode 0640' }]);
  });
});

it('a file that cannot be looked at leaves the others as they are, also after a look without a difference', async () => {
  expect(await look()).toEqual([]);
  broken = CHECK_CONFIG;
  edit(HARD_STOP_CONFIG, { text: 'edited' });
  for (let again = 1; again <= 2; again += 1) {
    const unseen: unknown[] = [];
    const found = await FILE_DRIFT.observe(context, undefined, (part) => unseen.push(part.object));
    expect(found.map(({ difference }) => difference.object)).toEqual([HARD_STOP_CONFIG]);
    expect(unseen).toEqual([CHECK_CONFIG]);
  }
  broken = undefined;
  edit(HARD_STOP_CONFIG, { text: hardStopText(60) });
  expect(await look()).toEqual([]);
});

function edit(file: string, change: Partial<File>): void {
  const former = files.get(file) ?? { text: '', mode: 0 };
  files.set(file, { ...former, ...change });
}
