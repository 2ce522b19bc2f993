import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buildDebianPackage } from '../../packaging/debian-package.ts';
import { createCommandRunner } from '../../src/host/command.ts';
import { REPOSITORY } from '../repository.ts';

/** How a program of the package manager ended. */
export interface AptOutcome {
  readonly code: number | null;
  /** what it and the maintainer scripts of amphora-agent said to the operator */
  readonly said: string[];
}

/** Builds the package. @returns its path */
export const buildPackage = (directory: string, version: string): Promise<string> =>
  buildDebianPackage(createCommandRunner(), {
    root: REPOSITORY,
    version,
    processor: process.arch === 'arm64' ? 'arm64' : 'x64',
    time: 1_700_000_000,
    compression: 'none',
    directory,
  });

/** The same package under another version. @returns its path */
export async function repackage(file: string, version: string): Promise<string> {
  const tree = await mkdtemp(path.join(path.dirname(file), 'tree-'));
  execFileSync('dpkg-deb', ['--raw-extract', file, tree]);
  const control = path.join(tree, 'DEBIAN/control');
  const text = await readFile(control, 'utf8');
  await writeFile(control, text.replace(/^Version: .*$/m, `Version: ${version}`));
  const repacked = path.join(path.dirname(file), `amphora-agent_${version}.deb`);
  execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '--build', tree, repacked]);
  await rm(tree, { recursive: true });
  return repacked;
}

/**
 * Installs an empty package in the place of kmod, where the container has none: it may load no modules anyway, and there is no
 * network to fetch packages from.
 */
export async function standInForKmod(directory: string): Promise<void> {
  if (packageState('kmod') === 'installed') return;
  const tree = await mkdtemp(path.join(directory, 'kmod-'));
  await mkdir(path.join(tree, 'DEBIAN'));
  await chmod(tree, 0o755);
  const control = `Package: kmod
Version: 99
Architecture: all
Maintainer: nobody <nobody@localhost>
Description: stands for kmod
`;
  await writeFile(path.join(tree, 'DEBIAN/control'), control);
  const file = path.join(directory, 'kmod.deb');
  execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '--build', tree, file]);
  execFileSync('dpkg', ['--install', file]);
}

/** Calls apt-get without a network: what it installs beside files has to be there. */
export function apt(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): AptOutcome {
  const { status, stdout, stderr } = spawnSync('apt-get', ['--yes', '--quiet', ...words], {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', ...environment },
  });
  const said = `${stdout}${stderr}`
    .split(/\r?\n/)
    .filter((line) => /^(amphora-agent: |E: |dpkg: )/.test(line));
  if (status !== 0) process.stderr.write(`${stdout}${stderr}`);
  return { code: status, said };
}

/** The state of a package as dpkg has it (`installed`, `config-files`, …); empty for one that it doesn't know. */
export const packageState = (name: string): string =>
  spawnSync('dpkg-query', ['--show', '--showformat', '${db:Status-Status}', name]).stdout.toString().trim();

/** What dpkg would still have to do; empty where all is well. */
export const dpkgAudit = (): string => execFileSync('dpkg', ['--audit']).toString();
