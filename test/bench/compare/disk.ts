import { runProgram } from '../../../sandbox/programs/programs.ts';
import type { AgentName } from '../charts/rows.ts';

const BYTES_PER_MIB = 1024 * 1024;
const KIB_PER_MIB = 1024;

interface DebianPackage {
  readonly installedKiB: number;
  readonly dependsOn: readonly string[];
}

/**
 * What each agent takes on disk, MiB: ours with its Node, Debian's with all that python3-octavia depends on (Installed-Size),
 * Python included. What both need, such as haproxy and the C library, counts for neither.
 * @param ownBytes of all files of ours
 */
export async function diskMiB(ownBytes: number): Promise<Readonly<Record<AgentName, number>>> {
  const packages = await installedPackages();
  const essential = [...packages].filter(([, { isEssential }]) => isEssential).map(([name]) => name);
  const common = closure(packages, [
    ...essential,
    'libc6',
    'libstdc++6',
    'haproxy',
    'keepalived',
    'iproute2',
  ]);
  const theirs = [...closure(packages, ['python3-octavia'])].filter((name) => !common.has(name));
  const kib = theirs.reduce((sum, name) => sum + (packages.get(name)?.installedKiB ?? 0), 0);
  return { ours: ownBytes / BYTES_PER_MIB, theirs: kib / KIB_PER_MIB };
}

async function installedPackages(): Promise<Map<string, DebianPackage & { readonly isEssential: boolean }>> {
  const fields = [
    'binary:Package',
    'db:Status-Status',
    'Installed-Size',
    'Essential',
    'Depends',
    'Pre-Depends',
    'Provides',
  ];
  const format = `${fields.map((field) => `\${${field}}`).join('\t')}\n`;
  const { stdout } = await runProgram(['dpkg-query', '--show', `--showformat=${format}`]);
  const rows = stdout.split('\n').map((line) => line.split('\t'));
  const packages = new Map<string, DebianPackage & { readonly isEssential: boolean }>();
  for (const [name = '', status, size, essential, depends = '', preDepends = '', provides = ''] of rows) {
    if (status !== 'installed') continue;
    const described = {
      installedKiB: Number(size),
      isEssential: essential === 'yes',
      dependsOn: [...named(depends), ...named(preDepends)],
    };
    packages.set(name.replace(/:.*$/, ''), described);
    // a name that only stands for this package
    for (const other of named(provides))
      if (!packages.has(other))
        packages.set(other, { ...described, installedKiB: 0, dependsOn: [name.replace(/:.*$/, '')] });
  }
  return packages;
}

/** Names of packages in a field such as Depends, alternatives included (deb-control(5)). */
const named = (field: string): string[] =>
  field
    .split(/[,|]/)
    .map((entry) => entry.trim().replace(/[ :(].*$/s, ''))
    .filter((name) => name !== '');

function closure(packages: ReadonlyMap<string, DebianPackage>, names: readonly string[]): Set<string> {
  const found = new Set<string>();
  const pending = [...names];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const described = packages.get(name);
    if (described === undefined || found.has(name)) continue;
    found.add(name);
    pending.push(...described.dependsOn);
  }
  return found;
}
