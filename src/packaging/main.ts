import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { createCommandRunner } from '../host/command.ts';
import { build } from './build.ts';
import { ARCHITECTURES } from './debian-control.ts';
import { buildDebianPackage } from './debian-package.ts';

/** `npm run build` and `npm run package:deb`: what they make is in dist/. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const dist = path.join(root, 'dist');
const processors = z.enum(Object.keys(ARCHITECTURES) as (keyof typeof ARCHITECTURES)[]);

if (process.argv[2] === 'deb') {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')));
  const file = await buildDebianPackage(createCommandRunner(), {
    root,
    version,
    processor: processors.parse(process.arch),
    time: await commitTime(),
    directory: dist,
  });
  process.stdout.write(`${path.relative(root, file)}\n`);
} else {
  await build(root, dist);
}

/** So that a package depends on the commit alone. */
async function commitTime(): Promise<number> {
  const argv = ['git', '-C', root, 'log', '-1', '--format=%ct'] as const;
  return Number((await createCommandRunner().run(argv, { timeoutMs: 10_000 })).stdout);
}
