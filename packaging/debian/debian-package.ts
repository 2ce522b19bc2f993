import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CommandFailed } from '../../src/errors.ts';
import type { CommandRunner } from '../../src/host/command.ts';
import { type BuildRequest, build } from '../bundle/build.ts';
import { nodePackage } from '../bundle/node-runtime.ts';
import { bashCompletion } from '../documents/bash-completion.ts';
import { manPages } from '../documents/man-pages.ts';
import { parseReleases } from '../documents/releases.ts';
import { shippedCommands } from '../documents/shipped-commands.ts';
import { CONFFILES, INSTALLED_FILES, INSTALLED_LINKS, type InstalledFile } from '../installation-tree.ts';
import { type Maintainer, readMaintainer } from '../maintainer/maintainer.ts';
import { maintainerScript } from '../maintainer/maintainer-scripts.ts';
import { debianChangelog } from './debian-changelog.ts';
import { ARCHITECTURES, controlText, type Processor } from './debian-control.ts';
import { COPYRIGHT, LINTIAN_OVERRIDES } from './debian-documents.ts';

export interface PackageRequest extends BuildRequest {
  /** compression of the files in the package; default: xz, which takes a minute */
  readonly compression?: 'xz' | 'none';
  /** default: the author in package.json */
  readonly maintainer?: Partial<Maintainer>;
  /** modification time of the files in the package, in seconds since 1970 */
  readonly time: number;
  /** directory in which the package is written */
  readonly directory: string;
}

/** The program that removes the symbols from a binary for this machine's processor; below, those for other processors. */
const STRIP = { program: 'strip', debianPackage: 'binutils' };
const CROSS_STRIP: Readonly<Record<Processor, typeof STRIP>> = {
  x64: { program: 'x86_64-linux-gnu-strip', debianPackage: 'binutils-x86-64-linux-gnu' },
  arm64: { program: 'aarch64-linux-gnu-strip', debianPackage: 'binutils-aarch64-linux-gnu' },
};
const STRIP_TIMEOUT_MS = 60_000;
const PACK_TIMEOUT_MS = 600_000;
/** The maintainer scripts (Debian policy, chapter 6). */
const SCRIPTS = ['preinst', 'postinst', 'prerm', 'postrm'];

/**
 * Builds the Debian package. The same sources and time give the same bytes.
 * @returns the path of the package
 */
export async function buildDebianPackage(commands: CommandRunner, request: PackageRequest): Promise<string> {
  const work = await mkdtemp(path.join(tmpdir(), 'amphora-agent-deb-'));
  try {
    const tree = path.join(work, 'tree');
    const bytes = await layOut(commands, request, work, tree);
    await writeControl(request, tree, bytes);
    const file = path.join(request.directory, packageName(request));
    await mkdir(request.directory, { recursive: true });
    const packing = ['--root-owner-group', `-Z${request.compression ?? 'xz'}`, '--threads-max=1'];
    await commands.run(['dpkg-deb', ...packing, '--build', tree, file], {
      timeoutMs: PACK_TIMEOUT_MS,
      env: { SOURCE_DATE_EPOCH: String(request.time) },
    });
    return file;
  } finally {
    await rm(work, { recursive: true });
  }
}

const packageName = ({ version, processor }: PackageRequest): string =>
  `amphora-agent_${version}_${ARCHITECTURES[processor]}.deb`;

/**
 * Writes the tree of an installed agent, with Node.
 * @param work an empty folder for temporary files @param tree the folder for the tree
 * @returns the total size of all files in bytes
 */
export async function layOut(
  commands: CommandRunner,
  request: BuildRequest & Partial<Pick<PackageRequest, 'time' | 'maintainer'>>,
  work: string,
  tree: string,
): Promise<number> {
  const runtime = await nodePackage(commands, request, await mkdtemp(path.join(work, 'npm-')));
  await build(request, path.join(work, 'build'), runtime);
  await strip(commands, request.processor, path.join(runtime, 'bin/node'), path.join(work, 'node'));
  await writeDocuments(request, work);
  let bytes = 0;
  for (const file of INSTALLED_FILES) {
    const target = path.join(tree, file.to);
    await mkdir(path.dirname(target), { recursive: true });
    await copyFile(sourceOf(file, request.root, work), target);
    await chmod(target, file.mode);
    bytes += (await stat(target)).size;
  }
  for (const { at, to } of INSTALLED_LINKS) {
    await mkdir(path.dirname(path.join(tree, at)), { recursive: true });
    await symlink(to, path.join(tree, at));
  }
  return bytes;
}

async function strip(commands: CommandRunner, processor: Processor, from: string, to: string): Promise<void> {
  const { program, debianPackage } = processor === process.arch ? STRIP : CROSS_STRIP[processor];
  try {
    await commands.run([program, '-s', '-o', to, from], { timeoutMs: STRIP_TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof CommandFailed) || error.exitCode !== undefined || error.timedOut) throw error;
    throw new Error(`${error.message}: install the Debian package ${debianPackage}`, { cause: error });
  }
}

/** Writes the documents into the folder `documents` beside the folder `build`. */
async function writeDocuments(
  {
    root,
    version,
    time = 0,
    maintainer,
  }: BuildRequest & Partial<Pick<PackageRequest, 'time' | 'maintainer'>>,
  work: string,
): Promise<void> {
  const directory = path.join(work, 'documents');
  await mkdir(path.join(directory, 'man'), { recursive: true });
  await writeFile(path.join(directory, 'copyright'), COPYRIGHT);
  await writeFile(path.join(directory, 'lintian-overrides'), LINTIAN_OVERRIDES);
  const releases = parseReleases(await readFile(path.join(root, 'CHANGELOG.md'), 'utf8'));
  await writeFile(
    path.join(directory, 'changelog.gz'),
    debianChangelog({ version, time, maintainer: await readMaintainer(root, maintainer), releases }),
  );
  await writeFile(path.join(directory, 'bash-completion'), bashCompletion(shippedCommands(version)));
  for (const { command, content } of await manPages(root, { version, time })) {
    await writeFile(path.join(directory, 'man', `${command}.8.gz`), content);
  }
}

function sourceOf({ from }: InstalledFile, root: string, work: string): string {
  return path.join(from === 'node' || /^(?:build|documents)\//.test(from) ? work : root, from);
}

async function writeControl(request: PackageRequest, tree: string, bytes: number) {
  const { root, version, processor } = request;
  const maintainer = await readMaintainer(root, request.maintainer);
  const control = path.join(tree, 'DEBIAN');
  await mkdir(control);
  await writeFile(
    path.join(control, 'control'),
    controlText({ version, processor, maintainer, installedBytes: bytes }),
  );
  const targets = INSTALLED_FILES.map(({ to }) => to);
  await writeFile(path.join(control, 'conffiles'), CONFFILES.map((file) => `${file}\n`).join(''));
  const sums = await Promise.all(targets.map(async (to) => `${await md5(path.join(tree, to))}  ${to}\n`));
  await writeFile(path.join(control, 'md5sums'), sums.join(''));
  for (const script of SCRIPTS) {
    await writeFile(path.join(control, script), await maintainerScript(root, `debian/${script}`), {
      mode: 0o755,
    });
  }
}

const md5 = async (file: string): Promise<string> =>
  createHash('md5')
    .update(await readFile(file))
    .digest('hex');
