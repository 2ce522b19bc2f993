import { createHash } from 'node:crypto';
import path from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { templatesModule } from './templates-module.ts';

/** One bundled file, and the npm packages that are in it (paths of their folders). */
export interface Bundle {
  readonly code: string;
  readonly packages: readonly string[];
}

/** The name under which a bundle knows the module that was started, here and in threads. */
const ENTRY_URL = 'entryUrl';

const COMMON: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  // names stay readable in stack traces
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  write: false,
  metafile: true,
  logLevel: 'warning',
};

/**
 * src/main.ts with all that it needs, templates included, as one expression: a function of `require` and the URL of
 * the module that starts it.
 * @param version what `--version` prints
 */
export function bundleAgent(root: string, version: string): Promise<Bundle> {
  return bundleAsFunction(root, {
    entryPoints: ['src/main.ts'],
    define: { AMPHORA_AGENT_VERSION: JSON.stringify(version) },
  });
}

/** What the heartbeat's thread needs of it, which is little: a thread has all of its code for itself. */
export function bundleHeartbeat(root: string): Promise<Bundle> {
  const contents =
    "import { workerData } from 'node:worker_threads'; import { runHeartbeatWorker } from './heartbeat/worker.ts'; runHeartbeatWorker(workerData);";
  return bundleAsFunction(root, { stdin: { contents, resolveDir: path.join(root, 'src') } });
}

async function bundleAsFunction(root: string, entry: BuildOptions): Promise<Bundle> {
  const { code, packages } = await bundle({
    ...COMMON,
    ...entry,
    absWorkingDir: root,
    conditions: ['production'],
    define: { ...entry.define, 'import.meta.url': ENTRY_URL },
    plugins: [templatesInside(root), withoutBodyParser],
  });
  return { code: `(function(require,${ENTRY_URL}){${code.replace(/^#!.*\n/, '')}})`, packages };
}

/**
 * Node as it is installed beside the bundle, with flags that keep it small (measured: 30 MiB less; for `gc`, see host/memory.ts).
 * Without a limit, V8 lets its heap grow with the machine's memory. The worst request that is taken needs less than 96 MiB
 * of heap; MemoryHigh of the unit leaves room for 128.
 */
const INTERPRETER =
  '#!/usr/bin/env -S MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=32768 /usr/lib/amphora-agent/node --disable-sigusr1 --lite-mode --max-semi-space-size=1 --max-old-space-size=128 --expose-gc';

/**
 * The program that loads the bundled agent; what V8 compiled for it fits these flags alone.
 * @param agent text of that bundle
 */
export function bundleStart(root: string, agent: string): Promise<Bundle> {
  const digest = createHash('sha256').update(agent).digest('hex');
  return bundle({
    ...COMMON,
    absWorkingDir: root,
    entryPoints: ['packaging/cached-start.ts'],
    define: { 'import.meta.url': ENTRY_URL, BUNDLE_DIGEST: JSON.stringify(digest) },
    banner: { js: `${INTERPRETER}\nconst ${ENTRY_URL}=require("node:url").pathToFileURL(__filename).href;` },
  });
}

async function bundle(options: BuildOptions): Promise<Bundle> {
  const { outputFiles, metafile } = await build(options);
  const [file] = outputFiles ?? [];
  if (file === undefined || metafile === undefined) throw new Error('esbuild made no file');
  return { code: file.text, packages: packagesIn(metafile) };
}

function packagesIn({ outputs }: Metafile): string[] {
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const folders = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([file]) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]);
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort();
}

/** Puts the templates, compiled, in the place of the module that reads them from the disk. */
const templatesInside = (root: string): Plugin => ({
  name: 'templates inside',
  setup: (builder) => {
    builder.onLoad({ filter: /\/src\/render\/templates\.ts$/ }, async ({ path: file }) => ({
      contents: await templatesModule(root),
      loader: 'ts',
      resolveDir: path.dirname(file),
    }));
  },
});

/** Express brings parsers of bodies and their half a megabyte of character tables; the agent reads bodies itself. */
const withoutBodyParser: Plugin = {
  name: 'without body-parser',
  setup: (builder) => {
    builder.onResolve({ filter: /^body-parser$/ }, () => ({ path: 'body-parser', namespace: 'left-out' }));
    builder.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'module.exports = {};' }));
  },
};
