import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { storeStream } from '../../../src/commands/stored-stream.ts';

describe('a stream that is stored in a file', () => {
  let directory: string;
  let output: string;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'stored-'));
    output = path.join(directory, 'archive');
  });
  afterEach(() => rm(directory, { recursive: true }));

  const failing = (): Readable =>
    Readable.from(
      (async function* () {
        yield 'half of it';
        throw new Error('the connection is gone');
      })(),
    );

  it('replaces an earlier file, for its owner alone', async () => {
    await writeFile(output, 'earlier');
    await storeStream(Readable.from(['new']), output);
    expect(await readFile(output, 'utf8')).toBe('new');
    expect((await stat(output)).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual(['archive']);
  });

  it('leaves an earlier file as it was when the stream fails', async () => {
    await writeFile(output, 'earlier');
    await expect(storeStream(failing(), output)).rejects.toThrow('the connection is gone');
    expect(await readFile(output, 'utf8')).toBe('earlier');
    expect(await readdir(directory)).toEqual(['archive']);
  });

  it('is not stored in the place of a link or a directory', async () => {
    await symlink('/dev/null', output);
    await expect(storeStream(Readable.from(['new']), output)).rejects.toThrow(
      `${output} exists and is no ordinary file`,
    );
    await expect(storeStream(Readable.from(['new']), directory)).rejects.toThrow('no ordinary file');
    expect(await readdir(directory)).toEqual(['archive']);
  });

  it('leaves the partial file of another command', async () => {
    await writeFile(`${output}.partial`, 'of another');
    await expect(storeStream(Readable.from(['new']), output)).rejects.toThrow('EEXIST');
    expect(await readFile(`${output}.partial`, 'utf8')).toBe('of another');
  });
});
