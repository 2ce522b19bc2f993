import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFiles, type Files } from '../../../../src/host/files.ts';
import { createSystemdServices } from '../../../../src/host/services/systemd.ts';
import type { OperationContext } from '../../../../src/operations/context.ts';
import { keptFile } from '../../../../src/operations/drift/files/kept-files.ts';
import { comparePart } from '../../../../src/operations/drift/files/kept-part.ts';
import type { EqualParts } from '../../../../src/operations/drift/last-looks.ts';

const files = createFiles();
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'file-drift-'));
});

afterEach(() => rm(directory, { recursive: true }));

describe('a file that the agent writes', () => {
  let reads = 0;
  const counted: Files = {
    ...files,
    readText: (file) => {
      reads += 1;
      return files.readText(file);
    },
  };
  const context = { host: { files: counted } } as OperationContext;
  const known: EqualParts = new Map();
  const part = () => {
    const file = path.join(directory, 'script.sh');
    const write = () => files.write(file, 'text', { mode: 0o755 });
    return keptFile(context, { file, lock: 'scripts', mode: 0o755, texts: () => ['text'], write });
  };
  const look = async () => (await comparePart(context, part(), known)) ?? [];

  it('is read only when it has changed since a look without a difference', async () => {
    expect((await look()).map(({ difference }) => difference)).toMatchObject([
      { kind: 'file', lock: 'scripts', seen: 'missing', weight: 'fault', repair: 'write the file' },
    ]);
    await (await look())[0]?.repair?.();
    expect(await look()).toEqual([]);
    reads = 0;
    expect(await look()).toEqual([]);
    expect(reads).toBe(0);
    await files.setMode(path.join(directory, 'script.sh'), 0o644);
    const [mode] = await look();
    expect(mode?.difference).toMatchObject({ kind: 'mode', wanted: 'mode 0755', seen: 'mode 0644' });
    await mode?.repair?.();
    expect(await look()).toEqual([]);
    await files.write(path.join(directory, 'script.sh'), 'edited', { mode: 0o755 });
    expect((await look())[0]?.difference).toMatchObject({ seen: 'another text', weight: 'note' });
  });
});

describe('a unit of systemd', () => {
  const unit = '# Written by amphora-agent. The next upload overwrites any change to this file.\n[Unit]\n';
  const inspected = async (present: string | undefined): Promise<string> => {
    const commands = {
      run: () => {
        throw new Error('a look starts no program');
      },
    };
    const services = createSystemdServices(commands, files, { unitDirectory: directory });
    const file = path.join(directory, 'drift-test.service');
    if (present !== undefined) await files.write(file, present, { mode: 0o644 });
    expect(services.definitionFiles('drift-test')[0]).toBe(file);
    return services.inspect({ name: 'drift-test', unit, supervised: null });
  };

  it.each([
    ['missing', undefined],
    ['other', `${unit}# edited\n`],
    ['foreign', '[Unit]\nDescription=HAProxy Load Balancer\n'],
    ['disabled', unit],
  ])('is %s', async (expected, present) => {
    expect(await inspected(present)).toBe(expected);
  });
});
