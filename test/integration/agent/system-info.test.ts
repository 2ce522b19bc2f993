import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { CommandFailed } from '../../../src/errors.ts';
import { type CommandRunner, createCommandRunner } from '../../../src/host/command.ts';
import { createFiles, type Files } from '../../../src/host/files.ts';
import { createSystemInfo } from '../../../src/host/system-info.ts';

const commands = createCommandRunner();
const PACKAGES = ['haproxy', 'keepalived', 'ipvsadm', 'no-such-package'];

/** A command runner that records the programs that it runs. */
function noting(runner: CommandRunner['run'] = commands.run) {
  const programs: string[] = [];
  const run: CommandRunner['run'] = (argv, options) => {
    programs.push(argv[0]);
    return runner(argv, options);
  };
  return { programs, run };
}

describe('the facts about the machine', () => {
  const system = createSystemInfo(createFiles(), commands);

  it('have the types that controllers read', async () => {
    expect(system.hostname()).toBe(hostname());
    expect(system.cpuCount()).toBeGreaterThan(0);
    const number = expect.any(Number);
    const digits = expect.stringMatching(/^\d+$/);
    expect(await system.cpu()).toEqual({ total: number, user: digits, system: digits, soft_irq: digits });
    const memory = await system.memory();
    expect(memory).toEqual({
      total: number,
      free: number,
      buffers: number,
      cached: number,
      swap_used: number,
      shared: number,
      slab: number,
    });
    expect(memory.total).toBeGreaterThan(memory.free);
    const disk = await system.disk('/');
    expect(disk.used).toBeGreaterThan(1_000_000);
    expect(disk.available).toBeGreaterThan(0);
    const load = expect.stringMatching(/^\d+\.\d\d$/);
    expect(await system.load()).toEqual([load, load, load]);
    expect(await system.activeTunedProfile()).toBe('');
  });
});

describe('package versions', () => {
  it('are complete, and empty for a package that is not installed', async () => {
    const versions = await createSystemInfo(createFiles(), commands).packageVersions(PACKAGES);
    const { stdout } = await commands.run(['haproxy', '-v'], { timeoutMs: 5000 });
    expect(stdout).toContain(`HAProxy version ${versions['haproxy']} `);
    expect(versions['keepalived']).toMatch(/^\d+:\d+\.\d+\.\d+-/);
    expect(Object.keys(versions)).toEqual(PACKAGES);
    expect(versions['no-such-package']).toBe('');
  });

  it('cost one process, and no further process until the packages change', async () => {
    const runner = noting();
    let fingerprint = 'one';
    const files: Files = { ...createFiles(), fingerprint: async () => fingerprint };
    const system = createSystemInfo(files, runner);
    const before = await system.packageVersions(PACKAGES);
    expect(await system.packageVersions(PACKAGES)).toEqual(before);
    expect(runner.programs).toEqual(['dpkg-query']);
    fingerprint = 'two';
    await system.packageVersions(PACKAGES);
    expect(runner.programs).toEqual(['dpkg-query', 'dpkg-query']);
  });

  const withoutDpkg: Files = { ...createFiles(), fingerprint: async () => undefined };

  it('come from rpm if dpkg is missing', async () => {
    const runner = noting(async () => {
      const stdout = 'haproxy\t2.4.22\npackage keepalived is not installed\n';
      return { exitCode: 3, stdout, stderr: '', output: stdout };
    });
    const versions = await createSystemInfo(withoutDpkg, runner).packageVersions(PACKAGES);
    expect(versions).toEqual({ haproxy: '2.4.22', keepalived: '', ipvsadm: '', 'no-such-package': '' });
    expect(runner.programs).toEqual(['rpm']);
  });

  it('are empty if dpkg and rpm are missing', async () => {
    const runner = noting(async (argv) => {
      throw new CommandFailed({
        argv,
        exitCode: undefined,
        timedOut: false,
        output: '',
        reason: 'not installed',
      });
    });
    const versions = await createSystemInfo(withoutDpkg, runner).packageVersions(['haproxy']);
    expect(versions).toEqual({ haproxy: '' });
  });
});
