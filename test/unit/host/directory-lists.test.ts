import { mkdir, mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDirectoryLists } from '../../../src/host/directory-lists.ts';

let parent: string;
let directory: string;
beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'directory-lists-'));
  directory = path.join(parent, 'watched');
  await mkdir(directory);
  await writeFile(path.join(directory, 'b'), '');
  await writeFile(path.join(directory, 'a'), '');
});
afterEach(() => rm(parent, { recursive: true }));

/** More than the time for which a directory counts as just changed. */
const RESTED_MS = 1100;

it('names are sorted, and an absent directory has none', () => {
  const lists = createDirectoryLists();
  expect(lists.list(directory)).toEqual(['a', 'b']);
  expect(lists.list(path.join(parent, 'absent'))).toEqual([]);
});

it('the same list stays while nothing changes', async () => {
  const lists = createDirectoryLists();
  await delay(RESTED_MS);
  const first = lists.list(directory);
  expect(lists.list(directory)).toBe(first);
});

it('every change is seen, however fast one follows the other', async () => {
  const lists = createDirectoryLists();
  await delay(RESTED_MS);
  lists.list(directory);
  for (let number = 0; number < 200; number += 1) {
    await writeFile(path.join(directory, `new-${number}`), '');
    expect(lists.list(directory)).toContain(`new-${number}`);
    await rm(path.join(directory, `new-${number}`));
    expect(lists.list(directory)).toEqual(['a', 'b']);
  }
});

it('a directory that took the place of another, with the time of that one, is read again', async () => {
  const lists = createDirectoryLists();
  await delay(RESTED_MS);
  expect(lists.list(directory)).toEqual(['a', 'b']);
  const other = path.join(parent, 'other');
  await mkdir(other);
  await writeFile(path.join(other, 'c'), '');
  await utimes(other, 0, 0);
  await rename(directory, path.join(parent, 'former'));
  await rename(other, directory);
  expect(lists.list(directory)).toEqual(['c']);
  await rm(directory, { recursive: true });
  expect(lists.list(directory)).toEqual([]);
});
