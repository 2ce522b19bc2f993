import { createHash } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { CommandRunner } from '../src/host/command.ts';
import { ARCHITECTURES } from './debian-control.ts';

/** A signature of other lists than those beside it makes apt refuse them. */
const SIGNATURES = ['InRelease', 'Release.gpg'];
const READ_TIMEOUT_MS = 60_000;

/**
 * Makes a directory of Debian packages a repository that apt reads from there or from a file server (apt's "flat repository":
 * `deb [trusted=yes] file:/DIRECTORY ./`; with a signed Release, leave `trusted` out): Packages, Packages.gz and Release beside
 * the packages. Names of all amphora-agent packages are in them. Signatures of the former lists are removed
 * (docs/repository.md says how to sign).
 * @param time seconds since 1970, of the newest package
 */
export async function writeRepository(
  commands: CommandRunner,
  directory: string,
  time: number,
): Promise<void> {
  const files = (await readdir(directory)).filter((name) => /^amphora-agent_.*\.deb$/.test(name)).sort();
  const stanzas: string[] = [];
  for (const name of files) stanzas.push(await stanza(commands, directory, name));
  const packages = Buffer.from(stanzas.join('\n'));
  const indices = { Packages: packages, 'Packages.gz': gzipSync(packages, { level: 9 }) };
  for (const [name, content] of Object.entries(indices)) await writeFile(path.join(directory, name), content);
  for (const name of SIGNATURES) await rm(path.join(directory, name), { force: true });
  await writeFile(path.join(directory, 'Release'), releaseText(indices, time));
}

/** What apt has to know of a package: its control file, where it is, and how it is recognised. */
async function stanza(commands: CommandRunner, directory: string, name: string): Promise<string> {
  const file = path.join(directory, name);
  const { stdout } = await commands.run(['dpkg-deb', '--field', file], { timeoutMs: READ_TIMEOUT_MS });
  const content = await readFile(file);
  return `${stdout.trimEnd()}
Filename: ./${name}
Size: ${content.length}
SHA256: ${sha256(content)}
`;
}

function releaseText(indices: Readonly<Record<string, Buffer>>, time: number): string {
  const sums = Object.entries(indices).map(
    ([name, content]) => ` ${sha256(content)} ${content.length} ${name}\n`,
  );
  return `Origin: amphora-agent
Label: amphora-agent
Suite: stable
Architectures: ${Object.values(ARCHITECTURES).join(' ')}
Date: ${new Date(time * 1000).toUTCString().replace('GMT', 'UTC')}
SHA256:
${sums.join('')}`;
}

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
