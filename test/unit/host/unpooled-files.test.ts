import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFiles, type Files } from '../../../src/host/files.ts';
import { createUnpooledFiles } from '../../../src/host/unpooled-files.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'unpooled-files-'));
  await writeFile(path.join(directory, 'file'), 'text');
  await chmod(path.join(directory, 'file'), 0o640);
});
afterAll(() => rm(directory, { recursive: true }));

type Read = 'read' | 'readText' | 'list' | 'exists' | 'fingerprint' | 'attributes';
const READS: readonly Read[] = ['read', 'readText', 'list', 'exists', 'fingerprint', 'attributes'];

/** Returns the result of each read, or the code of its error. */
const resultsOf = (files: Files, target: string) =>
  Promise.all(READS.map((name) => files[name](target).catch((error: NodeJS.ErrnoException) => error.code)));

describe('blocking reads have the results of asynchronous reads', () => {
  test.each([
    ['a file', 'file'],
    ['a directory', '.'],
    ['nothing', 'missing'],
    ['a path below a file', 'file/below'],
  ])('%s', async (_, name) => {
    const target = path.join(directory, name);
    expect(await resultsOf(createUnpooledFiles(), target)).toEqual(await resultsOf(createFiles(), target));
  });

  test('the age of a change', async () => {
    const file = path.join(directory, 'file');
    expect(await createUnpooledFiles().changeAgeSeconds(file)).toBeGreaterThanOrEqual(0);
    expect(await createUnpooledFiles().changeAgeSeconds(`${file}/below`)).toBeUndefined();
  });
});
