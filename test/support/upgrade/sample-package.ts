import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runProgram } from '../../../sandbox/programs/programs.ts';

/** A package that installs one file. */
interface Sample {
  readonly name: string;
  readonly version: string;
  /** further lines of its control file */
  readonly fields?: string;
}

/** Builds a package. @param directory gets its files @returns path of the package */
export async function samplePackage(
  directory: string,
  { name, version, fields = '' }: Sample,
): Promise<string> {
  const tree = await mkdtemp(path.join(directory, `${name}-${version}-`));
  await mkdir(path.join(tree, 'DEBIAN'), { mode: 0o755 });
  await writeFile(path.join(tree, `content-of-${name}`), name);
  const control = `Package: ${name}\nVersion: ${version}\nArchitecture: all\nMaintainer: A <a@example.org>\n${fields}Description: test\n`;
  await writeFile(path.join(tree, 'DEBIAN/control'), control);
  await runProgram(['dpkg-deb', '--root-owner-group', '--build', tree, `${tree}.deb`]);
  return `${tree}.deb`;
}
