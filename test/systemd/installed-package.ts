import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buildTestDeb } from '../support/test-package.ts';

/** The outcome of a program of the package manager. */
export interface AptOutcome {
  readonly code: number | null;
  /** its output and that of the maintainer scripts of amphora-agent */
  readonly said: string[];
}

/** Builds the package. @returns its path */
export const buildPackage = (directory: string, version: string): Promise<string> =>
  buildTestDeb({ directory, version });

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
