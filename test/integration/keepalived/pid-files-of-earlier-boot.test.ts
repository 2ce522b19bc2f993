import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { startLongRunning } from '../../../sandbox/programs/long-running.ts';
import { listenerId } from '../../../src/domain/ids.ts';
import { createPaths } from '../../../src/domain/paths.ts';
import { keepalivedFacts, keepalivedLvsFacts } from '../../../src/domain/service-definitions.ts';
import { REPOSITORY } from '../../repository.ts';

const CONFIG = path.join(REPOSITORY, 'systemd/tmpfiles/amphora-agent.conf');
const LISTENER = listenerId('7f0c2a6e-3d55-4a43-8e0a-1d2f3b4c5d6e');

const root = mkdtempSync(path.join(tmpdir(), 'pid-files-'));
const paths = createPaths({
  basePath: path.join(root, 'var/lib/octavia'),
  baseCertDir: path.join(root, 'var/lib/octavia/certs'),
  agentServerNetworkDir: path.join(root, 'etc/octavia/interfaces'),
});
const { mainConfig, pidFile, vrrpPidFile, checkPidFile } = paths.lvsListener(LISTENER);
const pidFiles = [pidFile, vrrpPidFile, checkPidFile, paths.vrrp.pidFile];
const configs = [mainConfig, paths.vrrp.mainConfig];

beforeEach(() => {
  for (const file of [...pidFiles, ...configs]) mkdirSync(path.dirname(file), { recursive: true });
  for (const file of configs) writeFileSync(file, 'global_defs {\n}\n');
  // the number of a living process that is no keepalived, as after a reset
  for (const file of pidFiles) writeFileSync(file, `${process.pid}\n`);
});

afterAll(() => rmSync(root, { recursive: true }));

/** Does what systemd-tmpfiles-setup.service does with the installed file at boot (`--boot`), or a package at any other time. */
const removeTemporaryFiles = (...options: string[]): void => {
  execFileSync('systemd-tmpfiles', ['--remove', ...options, `--root=${root}`, CONFIG]);
};

const services = [
  ['a UDP listener', keepalivedLvsFacts(paths, LISTENER)],
  ['VRRP', keepalivedFacts(paths, 1)],
] as const;

/** The line of a keepalived that runs with an empty configuration. */
const RUNS = 'keepalived has no configuration to run';

/** Returns the output of a keepalived until it runs or refuses to start. */
async function startOf({ supervised }: (typeof services)[number][1]): Promise<string> {
  const keepalived = await startLongRunning(['unshare', '--net', '--mount', '--', ...supervised.command]);
  try {
    const isDecided = (): boolean => keepalived.output().includes(RUNS) || !keepalived.running();
    await expect.poll(isDecided).toBe(true);
    return keepalived.output();
  } finally {
    await keepalived.stop();
  }
}

describe.each(services)('the keepalived of %s', (_, facts) => {
  it('starts once the boot has removed a pid file that names a living process of another program', async () => {
    removeTemporaryFiles();
    // keepalived 2.3 looks whether the process is a keepalived
    expect(await startOf(facts)).toMatch(/daemon is already running|has no configuration to run/);
    removeTemporaryFiles('--boot');
    expect(await startOf(facts)).toContain(RUNS);
  });
});

describe('the boot', () => {
  it('removes every pid file of keepalived and nothing else', () => {
    removeTemporaryFiles('--boot');
    expect(pidFiles.filter((file) => existsSync(file))).toEqual([]);
    expect(configs.filter((file) => existsSync(file))).toEqual(configs);
  });
});
