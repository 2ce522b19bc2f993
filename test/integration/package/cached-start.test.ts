import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleStart } from '../../../packaging/bundle/bundle.ts';
import { REPOSITORY } from '../../repository.ts';

let directory: string;

const program = (word: string): string =>
  `(function(require,entryUrl){process.stdout.write(${JSON.stringify(word)})})`;

/** Installs a bundle that prints the word; all words of one length make bundles of one length. */
async function install(word: string): Promise<void> {
  await writeFile(path.join(directory, 'agent.js'), program(word));
  await writeFile(path.join(directory, 'start.cjs'), (await bundleStart(REPOSITORY, program(word))).code);
}

const start = (...words: string[]): string =>
  execFileSync(process.execPath, [path.join(directory, 'start.cjs'), ...words]).toString();

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'cached-start-'));
});

afterAll(() => rm(directory, { recursive: true }));

describe('the start of a bundle', () => {
  it('writes the compiled code beside the bundle only during a warm-up', async () => {
    await install('one');
    expect(start()).toBe('one');
    expect(await readdir(directory)).not.toContain('agent.js.cache');
    expect(start('warm-up')).toBe('one');
    expect(await readdir(directory)).toContain('agent.js.cache');
    expect(start()).toBe('one');
  });

  it('runs the new bundle if the compiled code beside it is of another version', async () => {
    await install('one');
    start('warm-up');
    await install('two');
    expect(start()).toBe('two');
  });

  it('runs the bundle if the compiled code is cut, empty or of another program', async () => {
    await install('one');
    start('warm-up');
    const cache = path.join(directory, 'agent.js.cache');
    const whole = await readFile(cache);
    for (const content of [whole.subarray(0, 80), Buffer.alloc(0), Buffer.from('no code')]) {
      await writeFile(cache, content);
      expect(start()).toBe('one');
    }
  });
});
