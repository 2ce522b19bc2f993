import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SourceWatch, watchSources } from '../../../sandbox/source-watch.ts';

describe('a watch on source files', () => {
  let folder: string;
  let watch: SourceWatch;
  let changes: string[];
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'source-watch-'));
    await mkdir(path.join(folder, 'deep/deeper'), { recursive: true });
    await writeFile(path.join(folder, 'deep/deeper/agent.ts'), 'first');
    changes = [];
    watch = await watchSources([folder], (files) => {
      changes.push(...files.map((file) => path.relative(folder, file)));
    });
  });
  afterEach(async () => {
    watch.close();
    await rm(folder, { recursive: true });
  });

  it('reports a file that was written', async () => {
    await writeFile(path.join(folder, 'deep/deeper/agent.ts'), 'second');
    await expect.poll(() => changes).toContain('deep/deeper/agent.ts');
  });

  it('reports a file each time an editor replaces it', async () => {
    for (const text of ['second', 'third']) {
      changes = [];
      await writeFile(path.join(folder, '.agent.ts.swp'), text);
      await rename(path.join(folder, '.agent.ts.swp'), path.join(folder, 'deep/deeper/agent.ts'));
      await expect.poll(() => changes).toEqual(['deep/deeper/agent.ts']);
    }
  });

  it('reports changes in a folder that is made later', async () => {
    await mkdir(path.join(folder, 'later'));
    await expect.poll(() => changes).toEqual(['later']);
    await writeFile(path.join(folder, 'later/new.ts'), '');
    await expect.poll(() => changes).toContain('later/new.ts');
  });

  it('reports neither hidden files nor backups of editors', async () => {
    await writeFile(path.join(folder, '.hidden'), '');
    await writeFile(path.join(folder, 'agent.ts~'), '');
    await writeFile(path.join(folder, 'last.ts'), '');
    await expect.poll(() => changes).toEqual(['last.ts']);
  });
});
