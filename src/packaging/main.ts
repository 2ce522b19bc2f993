import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { createCommandRunner } from '../host/command.ts';
import { build, SBOM } from './build.ts';
import { ARCHITECTURES } from './debian-control.ts';
import { buildDebianPackage } from './debian-package.ts';

/** `npm run build`, `npm run package:deb` and `npm run sbom`: what they make is in dist/. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const dist = path.join(root, 'dist');
const processors = z.enum(Object.keys(ARCHITECTURES) as (keyof typeof ARCHITECTURES)[]);

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')));
const request = { root, version, processor: processors.parse(process.arch) };

if (process.argv[2] === 'deb') {
  const time = await commitTime();
  const file = await buildDebianPackage(createCommandRunner(), { ...request, time, directory: dist });
  process.stdout.write(`${path.relative(root, file)}\n`);
} else {
  await build(request, dist);
  if (process.argv[2] === 'sbom') process.stdout.write(`${path.join('dist', SBOM)}\n`);
}

/** So that a package depends on the commit alone. */
async function commitTime(): Promise<number> {
  const argv = ['git', '-C', root, 'log', '-1', '--format=%ct'] as const;
  return Number((await createCommandRunner().run(argv, { timeoutMs: 10_000 })).stdout);
}
