import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { CommandRunner } from '../../src/host/command.ts';
import type { Processor } from '../debian/debian-control.ts';

/** The folder in which .ci/setup stores the package for the other processor, so that tests need no network. */
const FETCHED_BY_SETUP = 'node_modules/.other-processor';
const FETCH_TIMEOUT_MS = 600_000;
const UNPACK_TIMEOUT_MS = 60_000;

const lockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.string().optional(), integrity: z.string().optional() }),
  ),
});

/**
 * Returns the folder of the npm package with the Node binary for a processor. npm installs only the package for this
 * machine's processor. The package for another processor is fetched from the npm registry, with the version and the
 * checksum of package-lock.json.
 * @param root folder of the sources @param work an empty folder in which a fetched package is unpacked
 * @throws Error if the checksum of a fetched package differs from package-lock.json; CommandFailed if npm fails
 */
export async function nodePackage(
  commands: CommandRunner,
  { root, processor }: { readonly root: string; readonly processor: Processor },
  work: string,
): Promise<string> {
  const name = `node-linux-${processor}`;
  const installed = path.join(root, 'node_modules', name);
  if (await isThere(path.join(installed, 'bin/node'))) return installed;
  const { version, integrity } = await lockedPackage(root, name);
  const file = `${name}-${version}.tgz`;
  const fetched = path.join(root, FETCHED_BY_SETUP, file);
  const archive = (await isThere(fetched)) ? fetched : path.join(work, file);
  if (archive !== fetched) {
    await commands.run(['npm', 'pack', `${name}@${version}`, '--pack-destination', work], {
      timeoutMs: FETCH_TIMEOUT_MS,
    });
  }
  const digest = createHash('sha512')
    .update(await readFile(archive))
    .digest('base64');
  if (integrity !== `sha512-${digest}`) {
    throw new Error(
      `${name} ${version} of the npm registry is sha512-${digest}, package-lock.json has ${integrity}`,
    );
  }
  await commands.run(['tar', '-xzf', archive, '-C', work], { timeoutMs: UNPACK_TIMEOUT_MS });
  return path.join(work, 'package');
}

async function lockedPackage(root: string, name: string) {
  const lock = lockFile.parse(JSON.parse(await readFile(path.join(root, 'package-lock.json'), 'utf8')));
  const { version, integrity } = lock.packages[`node_modules/${name}`] ?? {};
  if (version === undefined || integrity === undefined) throw new Error(`package-lock.json has no ${name}`);
  return { version, integrity };
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
