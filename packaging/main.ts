import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { z } from 'zod';
import { createCommandRunner } from '../src/host/command.ts';
import { type BuildRequest, build, SBOM } from './build.ts';
import { ARCHITECTURES, type Processor } from './debian-control.ts';
import { buildDebianPackage } from './debian-package.ts';
import { writeRepository } from './debian-repository.ts';

/** `npm run build`, `npm run package:deb` and `npm run package:sbom`: what they make is in dist/. */
const root = fileURLToPath(new URL('..', import.meta.url));
const dist = path.join(root, 'dist');
const commands = createCommandRunner();
const processors = Object.keys(ARCHITECTURES) as Processor[];

interface PackagingOptions {
  /** Debian's name of it */
  readonly architecture?: string;
}

const program = new Command('packaging').description('makes in dist/ what is installed of the agent');
add('build', 'a folder with all but Node', (request) => build(request, dist), { isDefault: true });
add('sbom', 'the list of all components', async (request) => {
  await build(request, dist);
  process.stdout.write(`${path.join('dist', SBOM)}\n`);
});
add('deb', 'the Debian package, and the lists by which apt finds it', async (request) => {
  const time = await commitTime();
  const file = await buildDebianPackage(commands, { ...request, time, directory: dist });
  await writeRepository(commands, dist, time);
  process.stdout.write(`${path.relative(root, file)}\n`);
});
await program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});

function add(
  name: string,
  description: string,
  make: (request: BuildRequest) => Promise<void>,
  options: { readonly isDefault?: boolean } = {},
): void {
  program
    .command(name, options)
    .description(description)
    .addOption(
      new Option('--architecture <name>', "what it will run on (default: this machine's)").choices(
        Object.values(ARCHITECTURES),
      ),
    )
    .action(async ({ architecture }: PackagingOptions) => make(await requestFor(architecture)));
}

async function requestFor(architecture: string | undefined): Promise<BuildRequest> {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')));
  const processor = processors.find((name) =>
    architecture === undefined ? name === process.arch : ARCHITECTURES[name] === architecture,
  );
  if (processor === undefined) {
    const choices = Object.values(ARCHITECTURES).join(' or ');
    throw new Error(`there is no Node for this machine (${process.arch}): give --architecture ${choices}`);
  }
  return { root, version, processor };
}

/** So that a package depends on the commit alone. */
async function commitTime(): Promise<number> {
  const argv = ['git', '-C', root, 'log', '-1', '--format=%ct'] as const;
  return Number((await commands.run(argv, { timeoutMs: 10_000 })).stdout);
}
