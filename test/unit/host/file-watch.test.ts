import { type FSWatcher, watch } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StartWatch } from '../../../src/host/directory-watch.ts';
import { directoriesOf, watchFiles } from '../../../src/host/file-watch.ts';
import { noWatches } from '../../support/no-watches.ts';

const NEVER_MS = 3_600_000;
/** No look without an event. */
const EVENTS_ONLY = { settleMs: 10, restMs: NEVER_MS, blindMs: NEVER_MS };

let directory: string;
let ends: (() => void)[] = [];
let log: { level: number; msg: string }[] = [];

const at = (name: string): string => path.join(directory, name);
const logger = pino({ level: 'info' }, { write: (line: string) => void log.push(JSON.parse(line)) });

/** Watches a file. @returns the function that is called at changes, after its first call */
async function watching(file: string, how: Parameters<typeof watchFiles>[3] = EVENTS_ONLY) {
  const onChange = vi.fn();
  ends.push(watchFiles([file], onChange, logger, how));
  await expect.poll(() => onChange.mock.calls.length).toBeGreaterThan(0);
  onChange.mockClear();
  return onChange;
}

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'watched-'));
  await writeFile(at('file'), 'old');
});

afterEach(async () => {
  for (const end of ends) end();
  [ends, log] = [[], []];
  await rm(directory, { recursive: true });
});

describe('a watch of a file', () => {
  it.each([
    ['written', () => writeFile(at('file'), 'new')],
    [
      'replaced by another',
      async () => {
        await writeFile(at('next'), 'new');
        await rename(at('next'), at('file'));
      },
    ],
    ['removed', () => rm(at('file'))],
  ])('reports that it was %s', async (_what, change) => {
    const onChange = await watching(at('file'));
    await change();
    await expect.poll(() => onChange.mock.calls.length).toBeGreaterThan(0);
  });

  it('reports that a symbolic link on the way to it leads elsewhere', async () => {
    for (const version of ['1', '2']) {
      await mkdir(at(`versions/${version}`), { recursive: true });
      await writeFile(at(`versions/${version}/file`), version);
    }
    await symlink('1', at('versions/current'));
    await symlink('versions/current/file', at('link'));
    const onChange = await watching(at('link'));
    await symlink('2', at('versions/next'));
    await rename(at('versions/next'), at('versions/current'));
    await expect.poll(() => onChange.mock.calls.length).toBeGreaterThan(0);
    onChange.mockClear();
    await writeFile(at('versions/2/file'), 'new');
    await expect.poll(() => onChange.mock.calls.length).toBeGreaterThan(0);
  });

  it('goes on after its directory was replaced', async () => {
    await mkdir(at('inner'));
    await mkdir(at('other'));
    await writeFile(at('other/file'), 'new');
    const onChange = await watching(at('inner/file'), { ...EVENTS_ONLY, blindMs: 10 });
    await rm(at('inner'), { recursive: true });
    await rename(at('other'), at('inner'));
    await expect.poll(() => onChange.mock.calls.length).toBeGreaterThan(0);
    onChange.mockClear();
    await writeFile(at('inner/file'), 'newer');
    await expect.poll(() => onChange.mock.calls.length).toBeGreaterThan(0);
  });

  it('makes its watch again when a directory above was replaced, which no event reports, and keeps it otherwise', async () => {
    for (const name of ['above', 'other']) {
      await mkdir(at(`${name}/inner`), { recursive: true });
      await writeFile(at(`${name}/inner/file`), name);
    }
    const startWatch = vi.fn<StartWatch>((...args) => watch(...args));
    const onChange = await watching(at('above/inner/file'), { ...EVENTS_ONLY, restMs: 10, startWatch });
    await expect.poll(() => onChange.mock.calls.length).toBeGreaterThan(3);
    expect(startWatch).toHaveBeenCalledOnce();
    await rename(at('above'), at('former'));
    await rename(at('other'), at('above'));
    await expect.poll(() => startWatch.mock.calls.length).toBe(2);
  });

  it('looks again and again without a watch of the kernel, says so once, and uses the first watch it gets', async () => {
    let isScarce = true;
    const startWatch = (...args: Parameters<typeof noWatches>): FSWatcher =>
      isScarce ? noWatches(...args) : watch(...args);
    const onChange = await watching(at('file'), { ...EVENTS_ONLY, blindMs: 10, startWatch });
    await expect.poll(() => onChange.mock.calls.length).toBeGreaterThan(3);
    const message = "can't be notified of changed files: looking at them regularly instead";
    expect(log).toMatchObject([{ level: 40, msg: message }]);
    isScarce = false;
    const calls = onChange.mock.calls.length;
    await expect.poll(() => onChange.mock.calls.length).toBeGreaterThan(calls);
    onChange.mockClear();
    await writeFile(at('file'), 'new');
    await expect.poll(() => onChange.mock.calls.length).toBeGreaterThan(0);
    expect(log).toHaveLength(1);
  });

  it('reports nothing after its end, and needs no file', async () => {
    const onChange = await watching(at('file'));
    for (const end of ends.splice(0)) end();
    await writeFile(at('file'), 'new');
    const other = await watching(at('file'));
    await writeFile(at('file'), 'newer');
    await expect.poll(() => other.mock.calls.length).toBeGreaterThan(0);
    expect(onChange).not.toHaveBeenCalled();
    const none = vi.fn();
    watchFiles([], none, logger)();
    expect(none).not.toHaveBeenCalled();
  });
});

describe('the directories of a file', () => {
  it('are those of the file and of the links to it', async () => {
    await mkdir(at('a'));
    await symlink(at('a'), at('b'));
    await symlink('../file', at('a/link'));
    expect(await directoriesOf(at('b/link'))).toEqual([directory, at('a'), directory]);
  });

  it('are finite where links lead to each other', async () => {
    await symlink('two', at('one'));
    await symlink('one', at('two'));
    expect(new Set(await directoriesOf(at('one')))).toEqual(new Set([directory]));
  });
});
