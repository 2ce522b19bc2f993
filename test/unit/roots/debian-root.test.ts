import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CommandFailed } from '../../../src/errors.ts';
import { removeOutdated, whyNotBootstrapped } from '../../roots/debian-root.ts';
import { rootCommand } from '../../roots/root-command.ts';

const failure = (output: string): CommandFailed =>
  new CommandFailed({ argv: ['debootstrap'], exitCode: 1, timedOut: false, output, reason: 'exit code 1' });

describe('the error when no Debian root could be made', () => {
  it('names the package of debootstrap if it is not installed', () => {
    const output = 'unshare: failed to execute debootstrap: No such file or directory\n';
    expect(whyNotBootstrapped(failure(output), 'http://mirror')).toBe(
      'debootstrap is not installed; install it: apt-get install -y debootstrap',
    );
  });

  it('names the mirror, with the last output of debootstrap', () => {
    const output = 'I: Checking\nE: Failed getting release file http://mirror/Release\n';
    expect(whyNotBootstrapped(failure(output), 'http://mirror')).toBe(
      'debootstrap failed: E: Failed getting release file http://mirror/Release (is http://mirror reachable? DEBIAN_MIRROR=URL names another mirror)',
    );
  });
});

it('a command in a root sees the root, and only the named files of this machine', () => {
  const command = rootCommand(['npm', 'test'], { root: '/roots/a', store: null, binds: { '/x': '/y' } });
  expect(command.slice(command.indexOf('sh') + 2)).toEqual(['/roots/a', '-', '/x:/y', '--', 'npm', 'test']);
});

it('roots that are older than a week are removed, others and unfinished ones are kept', async () => {
  const parent = await mkdtemp(path.join(tmpdir(), 'roots-'));
  try {
    const makeTree = async (name: string, ageDays: number): Promise<void> => {
      const mark = path.join(parent, name, 'etc/debian-root-made');
      await mkdir(path.dirname(mark), { recursive: true });
      await writeFile(mark, '');
      const seconds = Date.now() / 1000 - ageDays * 24 * 60 * 60;
      await utimes(mark, seconds, seconds);
    };
    await makeTree('bookworm-recent', 6);
    await makeTree('bookworm-outdated', 9);
    await mkdir(path.join(parent, 'trixie-new.partial-1'));
    await removeOutdated(parent);
    expect((await readdir(parent)).sort()).toEqual(['bookworm-recent', 'trixie-new.partial-1']);
    await removeOutdated(path.join(parent, 'missing'));
  } finally {
    await rm(parent, { recursive: true });
  }
});
