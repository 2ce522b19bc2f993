import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';
import { createPaths } from '../../../src/domain/paths.ts';
import { createCommandRunner } from '../../../src/host/command.ts';
import { createFiles } from '../../../src/host/files.ts';
import type { Host } from '../../../src/host/host.ts';
import { createObjectQueue } from '../../../src/operations/object-queue.ts';
import { installFormer, installPackages } from '../../../src/operations/upgrade/run/package-installation.ts';
import type { RunContext } from '../../../src/operations/upgrade/run/run-context.ts';
import type { UpgradeRun } from '../../../src/schemas/upgrade-run.ts';
import { samplePackage } from '../../support/upgrade/sample-package.ts';

let directory: string;
let context: RunContext;

/** Has the real dpkg work in a directory of its own, with a database of its own. */
function commandsIn(root: string): Host['commands'] {
  const commands = createCommandRunner();
  return {
    ...commands,
    run: ([program, ...args], options) => commands.run([program, `--root=${root}`, ...args], options),
  };
}

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'package-installation-'));
  const root = path.join(directory, 'root');
  for (const name of ['info', 'updates', 'parts'])
    mkdirSync(path.join(root, 'var/lib/dpkg', name), { recursive: true });
  writeFileSync(path.join(root, 'var/lib/dpkg/status'), '');
  const { config } = loadConfig(
    'agent.conf',
    `[haproxy_amphora]\nbase_path = ${directory}/agent\n[amphora_agent]\namphora_id = 3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f\n`,
  );
  const paths = createPaths(config);
  for (const name of [paths.upgrade.packages, paths.upgrade.former]) mkdirSync(name, { recursive: true });
  const host = { commands: commandsIn(root), files: createFiles() } as unknown as Host;
  context = {
    ...{ config: () => config, configFile: 'agent.conf', paths, host, program: ['node'] },
    ...{ logger: pino({ level: 'silent' }), queue: createObjectQueue() },
  };
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Builds a package. @param file its path @param fields further lines of its control file */
async function build(file: string, name: string, version: string, fields = ''): Promise<void> {
  renameSync(await samplePackage(directory, { name, version, fields }), file);
}

const run = (packages: UpgradeRun['packages']): UpgradeRun => ({
  ...{ id: '0123456789abcdef', phase: 'installing', result: null, reason: null, ended_at: null },
  ...{ requested_at: '2026-11-29T12:00:00.000Z', requested_by: { subject: '', serial: '' }, steps: [] },
  packages,
});

async function installed(): Promise<string[]> {
  const query = [
    'dpkg-query',
    '--show',
    '--showformat',
    '${Package} ${Version} ${db:Status-Status}\n',
  ] as const;
  const { stdout } = await context.host.commands.run(query, { timeoutMs: 10_000 });
  return stdout.trimEnd().split('\n');
}

describe('the way back', () => {
  it.each([
    ['first', ['needy', 'needed']],
    ['last', ['needed', 'needy']],
  ])('removes new packages of which one needs the other, when the needy one comes %s', async (_, names) => {
    const { upgrade } = context.paths;
    const former = path.join(upgrade.former, 'program.deb');
    await build(former, 'program', '1');
    await context.host.commands.run(['dpkg', '--install', former], { timeoutMs: 10_000 });
    await build(path.join(upgrade.packages, 'program.deb'), 'program', '2', 'Depends: needy\n');
    await build(path.join(upgrade.packages, 'needy.deb'), 'needy', '1', 'Depends: needed\n');
    await build(path.join(upgrade.packages, 'needed.deb'), 'needed', '1', 'Breaks: program (<< 2)\n');
    const upgraded = run([
      { name: 'program', from: '1', to: '2' },
      ...names.map((name) => ({ name, from: null, to: '1' })),
    ]);
    await installPackages(context, upgraded);
    expect(await installed()).toHaveLength(3);
    await installFormer(context, upgraded);
    expect(await installed()).toEqual(['program 1 installed']);
    // a way back that was interrupted is done again
    await installFormer(context, upgraded);
    expect(await installed()).toEqual(['program 1 installed']);
  });
});
