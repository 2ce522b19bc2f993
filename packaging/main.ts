import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { z } from 'zod';
import { createCommandRunner } from '../src/host/command.ts';
import { type BuildRequest, build, SBOM } from './bundle/build.ts';
import { ARCHITECTURES, type Processor } from './debian/debian-control.ts';
import { buildDebianPackage, type PackageRequest } from './debian/debian-package.ts';
import { writeRepository } from './debian/debian-repository.ts';
import { isPlaceholder, readMaintainer } from './maintainer/maintainer.ts';
import { buildRpmPackage } from './rpm/rpm-package.ts';
import { RPM_ARCHITECTURES } from './rpm/rpm-spec.ts';

/** The program of `npm run build`, `npm run package:deb`, `npm run package:rpm` and `npm run package:sbom`. It writes to dist/. */
const root = fileURLToPath(new URL('..', import.meta.url));
const dist = path.join(root, 'dist');
const commands = createCommandRunner();
const processors = Object.keys(ARCHITECTURES) as Processor[];

interface PackagingOptions {
  /** Debian's name of the architecture; for an RPM also RPM's name */
  readonly architecture?: string;
  readonly maintainer?: string;
  readonly address?: string;
}

interface CommandOptions {
  readonly isDefault?: boolean;
  /** whether the command has the options for the maintainer */
  readonly isPackage?: boolean;
  /** the names of processors that the command accepts */
  readonly architectures?: readonly Readonly<Record<Processor, string>>[];
}

const program = new Command('packaging').description('makes in dist/ what is installed of the agent');
add('build', 'a folder with all but Node', (request) => build(request, dist), { isDefault: true });
add('sbom', 'the list of all components', async (request) => {
  await build(request, dist);
  process.stdout.write(`${path.join('dist', SBOM)}\n`);
});
add(
  'deb',
  'the Debian package, and the lists by which apt finds it',
  async (request, options) => {
    const file = await buildDebianPackage(commands, await packageRequest(request, options));
    await writeRepository(commands, dist, await commitTime());
    process.stdout.write(`${path.relative(root, file)}\n`);
  },
  { isPackage: true },
);
add(
  'rpm',
  'the RPM for CentOS Stream 10, Rocky Linux 10 and the like',
  async (request, options) => {
    const file = await buildRpmPackage(commands, await packageRequest(request, options));
    process.stdout.write(`${path.relative(root, file)}\n`);
  },
  { isPackage: true, architectures: [RPM_ARCHITECTURES, ARCHITECTURES] },
);
await program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});

function add(
  name: string,
  description: string,
  make: (request: BuildRequest, options: PackagingOptions) => Promise<void>,
  { isDefault = false, isPackage = false, architectures = [ARCHITECTURES] }: CommandOptions = {},
): void {
  const choices = [...new Set(architectures.flatMap((names) => Object.values(names)))];
  const command = program
    .command(name, { isDefault })
    .description(description)
    .addOption(
      new Option('--architecture <name>', "what it will run on (default: this machine's)").choices(choices),
    )
    .action(async (options: PackagingOptions) => make(await requestFor(options.architecture), options));
  if (!isPackage) return;
  command
    .addOption(new Option('--maintainer <name>', 'who answers for the package').env('DEBFULLNAME'))
    .addOption(new Option('--address <address>', 'where mail reaches the maintainer').env('DEBEMAIL'));
}

async function packageRequest(
  request: BuildRequest,
  { maintainer: name, address }: PackagingOptions,
): Promise<PackageRequest> {
  const other = { ...(name === undefined ? {} : { name }), ...(address === undefined ? {} : { address }) };
  const maintainer = await readMaintainer(root, other);
  if (isPlaceholder(maintainer)) {
    process.stderr.write(
      `The maintainer of the package is ${maintainer}, whom no mail reaches: --address names another (or DEBEMAIL)\n`,
    );
  }
  return { ...request, maintainer: other, time: await commitTime(), directory: dist };
}

async function requestFor(architecture: string | undefined): Promise<BuildRequest> {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')));
  const processor = processors.find((name) =>
    architecture === undefined
      ? name === process.arch
      : [ARCHITECTURES[name], RPM_ARCHITECTURES[name]].some((known) => known === architecture),
  );
  if (processor === undefined) {
    const choices = Object.values(ARCHITECTURES).join(' or ');
    throw new Error(`there is no Node for this machine (${process.arch}): give --architecture ${choices}`);
  }
  return { root, version, processor };
}

/** Returns the time of the commit, so that a package depends only on its commit. */
async function commitTime(): Promise<number> {
  const argv = ['git', '-C', root, 'log', '-1', '--format=%ct'] as const;
  return Number((await commands.run(argv, { timeoutMs: 10_000 })).stdout);
}
