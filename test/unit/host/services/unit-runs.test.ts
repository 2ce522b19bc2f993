import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createUnitRuns } from '../../../../src/host/services/unit-runs.ts';
import { noWatches } from '../../../support/no-watches.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'runs-'));
});

afterEach(() => rm(directory, { recursive: true }));

describe('the runs of units', () => {
  it('are reported once their directory is there, and the reason until then', async () => {
    const units = path.join(directory, 'units');
    const runs = createUnitRuns(units);
    const ended: string[] = [];
    expect(await runs.renewEnds()).toBeUndefined();
    runs.onEnd((name) => ended.push(name));
    expect(await runs.renewEnds()).toContain('ENOENT');
    await mkdir(units);
    expect(await runs.renewEnds()).toBeUndefined();
    for (const name of ['ssh', 'haproxy-1'])
      await symlink('run', path.join(units, `invocation:${name}.service`));
    await expect.poll(() => ended).toContain('haproxy-1');
    expect(ended).not.toContain('ssh');
    runs.close();
  });

  it('are not reported while inotify fails, and the reason says so', async () => {
    const runs = createUnitRuns(directory, noWatches);
    runs.onEnd(() => undefined);
    for (let attempt = 0; attempt < 2; attempt += 1) expect(await runs.renewEnds()).toContain('ENOSPC');
    runs.close();
  });
});
