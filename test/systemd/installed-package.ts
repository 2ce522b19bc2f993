import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buildDebianPackage } from '../../packaging/debian/debian-package.ts';
import { createCommandRunner } from '../../src/host/command.ts';
import { REPOSITORY } from '../repository.ts';

/** The outcome of a program of the package manager. */
export interface AptOutcome {
  readonly code: number | null;
  /** its output and that of the maintainer scripts of amphora-agent */
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

/** Builds the same package under another version. @returns its path */
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

/** Runs apt-get without a network: all dependencies must be installed already. */
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

/** Returns the state of a package in dpkg (`installed`, `config-files`, …), or '' for an unknown package. */
export const packageState = (name: string): string =>
  spawnSync('dpkg-query', ['--show', '--showformat', '${db:Status-Status}', name]).stdout.toString().trim();

/** Returns the remaining work of dpkg, or '' if all packages are configured. */
export const dpkgAudit = (): string => execFileSync('dpkg', ['--audit']).toString();
