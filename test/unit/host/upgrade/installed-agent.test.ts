import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installedAgent, syncTree } from '../../../../src/host/upgrade/installed-agent.ts';

describe('the copy of an installed agent', () => {
  let world: string;
  const at = (...names: string[]): string => path.join(world, ...names);

  beforeAll(async () => {
    world = await mkdtemp(path.join(tmpdir(), 'installed-agent-'));
    await mkdir(at('lib/bin'), { recursive: true });
    await writeFile(at('lib/node'), 'node', { mode: 0o755 });
    await writeFile(at('lib/amphora-agent.cjs'), 'agent');
    await writeFile(at('lib/bin/page-out'), 'page out');
  });
  afterAll(() => rm(world, { recursive: true }));

  it('has all files, starts by its own Node with the same flags, and stays when the package is replaced', async () => {
    const agent = await installedAgent([at('lib/node'), '--lite-mode', at('lib/amphora-agent.cjs')]);
    expect(agent?.bytes).toBe('nodeagentpage out'.length);
    await agent?.copyTo(at('runner'));
    await syncTree(at('runner'));
    expect((await readdir(at('runner'), { recursive: true })).toSorted()).toEqual([
      ...['amphora-agent.cjs', 'bin', 'bin/page-out', 'node'],
    ]);
    expect((await stat(at('runner/node'))).mode & 0o777).toBe(0o755);
    expect(agent?.program(at('runner'))).toEqual([
      ...[at('runner/node'), '--lite-mode', at('runner/amphora-agent.cjs')],
    ]);
    // as dpkg does it
    await writeFile(at('new'), 'another agent');
    await rename(at('new'), at('lib/amphora-agent.cjs'));
    expect(await readFile(at('runner/amphora-agent.cjs'), 'utf8')).toBe('agent');
  });

  it('does not exist for an agent that runs from its sources', async () => {
    expect(await installedAgent(['/usr/bin/node', at('lib/amphora-agent.cjs')])).toBeUndefined();
  });
});
