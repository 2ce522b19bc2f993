import { createHash } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { CommandRunner } from '../../src/host/command.ts';
import { ARCHITECTURES } from './debian-control.ts';

/** The signature files of a repository. apt refuses lists that don't match the signature beside them. */
const SIGNATURES = ['InRelease', 'Release.gpg'];
const READ_TIMEOUT_MS = 60_000;

/**
 * Turns a directory of Debian packages into a repository for apt: writes Packages, Packages.gz and Release, which list all
 * amphora-agent packages of the directory. apt reads such a "flat repository" from the disk or from a file server:
 * `deb [trusted=yes] file:/DIRECTORY ./`. With a signed Release, `trusted` is not needed. Removes the signatures of the former
 * lists; docs/repository.md describes how to sign the new ones.
 * @param time time of the newest package, in seconds since 1970
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

/** Returns the entry of a package in Packages: its control file, its file name, its size and its checksum. */
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
