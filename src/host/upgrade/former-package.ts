import {
  chmod,
  copyFile,
  lchown,
  link,
  lstat,
  lutimes,
  mkdir,
  readlink,
  symlink,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import {
  CONFFILES_FORMAT,
  controlOfInstalled,
  divertedFrom,
  isAsDistributed,
  parseConffiles,
} from '../../domain/upgrade/former-control.ts';
import type { CommandRunner } from '../command.ts';
import { type Files, isAbsent } from '../files.ts';

const QUERY_MS = 60_000;
/** The program of the agent alone has 100 MB. */
const BUILD_MS = 300_000;
const PERMISSIONS = 0o7777;

/** The parts of the machine that the building of a package needs. */
interface Tools {
  readonly commands: CommandRunner;
  readonly files: Files;
}

/** One installed package: queries about it, and its configuration files that an operator has changed or removed. */
interface Installed {
  readonly name: string;
  readonly query: (...args: string[]) => Promise<string>;
  readonly changed: ReadonlySet<string>;
}

/**
 * Builds a Debian package from the files of an installed package, with its maintainer scripts. Leaves out configuration files
 * that an operator has changed, which an installation then leaves alone, and files that are missing on this machine, for
 * example documents that dpkg was set to exclude.
 * @param file path of the new package; its directory exists, and the files of the package are linked into it meanwhile
 * @throws CommandFailed, Error of the file system
 */
export async function buildFormerPackage(tools: Tools, name: string, file: string): Promise<void> {
  const { commands, files } = tools;
  await files.withTemporaryDirectory(path.dirname(file), async (tree) => {
    const query = async (...args: string[]): Promise<string> =>
      (await commands.run(['dpkg-query', ...args], { timeoutMs: QUERY_MS })).stdout;
    const installed = {
      name,
      query,
      changed: await changedConffiles(files, await query('--show', '--showformat', CONFFILES_FORMAT, name)),
    };
    await chmod(tree, 0o755);
    const diversions = await commands.run(['dpkg-divert', '--list'], { timeoutMs: QUERY_MS });
    const moved = divertedFrom(diversions.stdout, name);
    const listed = (await query('--listfiles', name)).split('\n').filter((line) => /^\/[^.]/.test(line));
    for (const member of listed.filter((one) => !installed.changed.has(one)))
      await keepFile(moved.get(member) ?? member, path.join(tree, member));
    await writeControl(files, tree, installed);
    // without compression: the amphora may have half a processor, and the file lives for minutes
    const build = ['dpkg-deb', '-Znone', '--build', tree, `${file}.new`] as const;
    await commands.run(build, { timeoutMs: BUILD_MS });
  });
  await files.rename(`${file}.new`, file);
}

async function changedConffiles(files: Files, field: string): Promise<Set<string>> {
  const changed = new Set<string>();
  for (const { file, md5 } of parseConffiles(field)) {
    if (!isAsDistributed(await files.read(file), md5)) changed.add(file);
  }
  return changed;
}

async function keepFile(from: string, to: string): Promise<void> {
  try {
    const found = await lstat(from);
    if (found.isDirectory()) await mkdir(to, { recursive: true });
    else await mkdir(path.dirname(to), { recursive: true });
    if (found.isSymbolicLink()) await symlink(await readlink(from), to);
    if (found.isFile() && (await linked(from, to))) return;
    await lchown(to, found.uid, found.gid);
    if (!found.isSymbolicLink()) await chmod(to, found.mode & PERMISSIONS);
    await lutimes(to, found.atime, found.mtime);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

/** @returns false when the file was copied because it lies on another file system: its owner and mode are to be set */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (isAbsent(error)) throw error;
    await copyFile(from, to);
    return false;
  }
}

async function writeControl(files: Files, tree: string, { name, query, changed }: Installed): Promise<void> {
  const control = path.join(tree, 'DEBIAN');
  await mkdir(control);
  await writeFile(path.join(control, 'control'), controlOfInstalled(await query('--status', name)));
  for (const part of (await query('--control-list', name)).split('\n').filter((line) => line !== '')) {
    const source = (await query('--control-path', name, part)).trim();
    const [content, attributes] = [await files.read(source), await files.attributes(source)];
    if (content === undefined || attributes === undefined) continue;
    await writeFile(
      path.join(control, part),
      part === 'conffiles' ? without(content.toString(), changed) : content,
    );
    await chmod(path.join(control, part), attributes.mode);
  }
}

const without = (conffiles: string, changed: ReadonlySet<string>): string =>
  conffiles
    .split('\n')
    .filter((line) => !changed.has(line))
    .join('\n');
