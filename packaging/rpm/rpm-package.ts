import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { CommandFailed } from '../../src/errors.ts';
import type { CommandRunner } from '../../src/host/command.ts';
import { SBOM } from '../bundle/build.ts';
import { layOut, type PackageRequest } from '../debian/debian-package.ts';
import { ENABLED_UNITS, INSTALLED_FILES } from '../installation-tree.ts';
import { readMaintainer } from '../maintainer/maintainer.ts';
import { maintainerScript, PURGE } from '../maintainer/maintainer-scripts.ts';
import { type Component, RPM_ARCHITECTURES, specText } from './rpm-spec.ts';

const BUILD_TIMEOUT_MS = 600_000;
const PAYLOADS = { xz: 'w19.zstdio', none: 'w.ufdio' } as const;

/** The files in the tree of the Debian package that only Debian reads. */
const OF_DEBIAN = ['changelog.gz', 'copyright', 'lintian-overrides'].map((name) => `documents/${name}`);
const PRESET = 'usr/lib/systemd/system-preset/80-amphora-agent.preset';
const LICENCE = 'usr/share/licenses/amphora-agent/LICENSE';

const sbom = z.object({
  components: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      licenses: z.tuple([z.object({ expression: z.string() })]),
    }),
  ),
});

/**
 * Builds the RPM for CentOS Stream 10, Rocky Linux 10 and similar distributions, from the tree of the Debian package. The same
 * sources and time give the same bytes.
 * @returns the path of the RPM
 * @throws Error if rpmbuild isn't installed; CommandFailed if rpmbuild fails
 */
export async function buildRpmPackage(commands: CommandRunner, request: PackageRequest): Promise<string> {
  const work = await mkdtemp(path.join(tmpdir(), 'amphora-agent-rpm-'));
  try {
    const tree = path.join(work, 'tree');
    await layOut(commands, request, work, tree);
    const spec = path.join(work, 'amphora-agent.spec');
    await writeFile(spec, await specOf(request, work, await adaptTree(request.root, tree)));
    await runRpmbuild(commands, request, { work, tree, spec });
    return await takePackage(path.join(work, 'rpms'), request.directory);
  } finally {
    await rm(work, { recursive: true });
  }
}

/** Removes Debian's files from the tree, and adds those of the RPM. @returns absolute names of all files except links */
async function adaptTree(root: string, tree: string): Promise<string[]> {
  for (const { to } of INSTALLED_FILES.filter(({ from }) => OF_DEBIAN.includes(from))) {
    await rm(path.join(tree, to));
  }
  for (const name of [PRESET, LICENCE]) {
    await mkdir(path.dirname(path.join(tree, name)), { recursive: true });
  }
  await rm(path.join(tree, 'usr/share/lintian'), { recursive: true });
  await writeFile(path.join(tree, PURGE), await maintainerScript(root, 'rpm/purge'));
  await chmod(path.join(tree, PURGE), 0o755);
  await writeFile(path.join(tree, PRESET), ENABLED_UNITS.map((unit) => `enable ${unit}\n`).join(''));
  await copyFile(path.join(root, 'LICENSE'), path.join(tree, LICENCE));
  for (const name of [PRESET, LICENCE]) await chmod(path.join(tree, name), 0o644);
  const common = INSTALLED_FILES.filter(({ from }) => !OF_DEBIAN.includes(from)).map(({ to }) => to);
  return [...common, PURGE, PRESET, LICENCE].map((name) => `/${name}`);
}

async function specOf(
  { root, version, time, maintainer }: PackageRequest,
  work: string,
  files: readonly string[],
): Promise<string> {
  const scriptlet = (name: string): Promise<string> => maintainerScript(root, `rpm/${name}`);
  return specText({
    version,
    time,
    files,
    maintainer: await readMaintainer(root, maintainer),
    components: await bundledComponents(path.join(work, 'build', SBOM)),
    scriptlets: {
      pre: await scriptlet('pre'),
      post: await scriptlet('post'),
      preun: await scriptlet('preun'),
      postun: await scriptlet('postun'),
    },
  });
}

async function bundledComponents(file: string): Promise<Component[]> {
  const { components } = sbom.parse(JSON.parse(await readFile(file, 'utf8')));
  return components.map(({ name, version, licenses: [{ expression }] }) => ({
    name,
    version,
    licence: expression,
  }));
}

async function runRpmbuild(
  commands: CommandRunner,
  { processor, time, compression = 'xz' }: PackageRequest,
  { work, tree, spec }: { readonly work: string; readonly tree: string; readonly spec: string },
): Promise<void> {
  const macros = {
    _topdir: path.join(work, 'rpmbuild'),
    _rpmdir: path.join(work, 'rpms'),
    _dbpath: path.join(work, 'rpmdb'),
    _buildhost: 'localhost',
    _binary_payload: PAYLOADS[compression],
    clamp_mtime_to_source_date_epoch: '1',
    use_source_date_epoch_as_buildtime: '1',
    staged: tree,
  };
  const defines = Object.entries(macros).flatMap(([name, value]) => ['--define', `${name} ${value}`]);
  const target = ['--target', `${RPM_ARCHITECTURES[processor]}-redhat-linux`];
  try {
    await commands.run(['rpmbuild', '-bb', '--quiet', ...target, ...defines, spec], {
      timeoutMs: BUILD_TIMEOUT_MS,
      env: { SOURCE_DATE_EPOCH: String(time) },
    });
  } catch (error) {
    if (!(error instanceof CommandFailed) || error.exitCode !== undefined || error.timedOut) throw error;
    throw new Error(`${error.message}: install the Debian package rpm`, { cause: error });
  }
}

/** @returns the path of the moved package */
async function takePackage(built: string, directory: string): Promise<string> {
  const files = await readdir(built, { recursive: true });
  const file = files.find((name) => name.endsWith('.rpm'));
  if (file === undefined) throw new Error(`rpmbuild has made no package in ${built}`);
  const target = path.join(directory, path.basename(file));
  await mkdir(directory, { recursive: true });
  await copyFile(path.join(built, file), target);
  return target;
}
