import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { templatesModule } from './templates-module.ts';

/** One bundled file, with the folders of the npm packages that it contains. */
export interface Bundle {
  readonly code: string;
  readonly packages: readonly string[];
}

/** The name of a bundle's variable that holds the URL of the started module, in the main thread and in others. */
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
 * Bundles src/main.ts with all its modules and templates as one expression: a function of `require` and the URL of the
 * module that starts it.
 * @param version what `--version` prints
 */
export function bundleAgent(root: string, version: string): Promise<Bundle> {
  return bundleAsFunction(root, {
    entryPoints: ['src/main.ts'],
    define: { AMPHORA_AGENT_VERSION: JSON.stringify(version) },
  });
}

/** Bundles only the modules of the heartbeat thread, because each thread keeps its own copy of its code in memory. */
export function bundleHeartbeat(root: string): Promise<Bundle> {
  const contents =
    "import { workerData } from 'node:worker_threads'; import { runHeartbeatWorker } from './heartbeat/worker.ts'; runHeartbeatWorker(workerData);";
  return bundleAsFunction(root, { stdin: { contents, resolveDir: path.join(root, 'src') } });
}

/** The file that the bundled agent loads in place of the npm package systeminformation. */
export const MACHINE_FACTS = 'systeminformation.cjs';

/**
 * Bundles the npm package systeminformation alone. It is larger than most of the agent and needed for a diagnostics archive
 * only, so the agent's own bundle, which stays in memory, does not contain it.
 */
export const bundleMachineFacts = (root: string): Promise<Bundle> =>
  bundle({ ...COMMON, absWorkingDir: root, entryPoints: ['node_modules/systeminformation/lib/index.js'] });

async function bundleAsFunction(root: string, entry: BuildOptions): Promise<Bundle> {
  const { code, packages } = await bundle({
    ...COMMON,
    ...entry,
    absWorkingDir: root,
    conditions: ['production'],
    define: { ...entry.define, 'import.meta.url': ENTRY_URL },
    plugins: [templatesInside(root), withoutUnusedPackages, withoutUnusedTables, machineFactsOutside],
  });
  return { code: `(function(require,${ENTRY_URL}){${code.replace(/^#!.*\n/, '')}})`, packages };
}

/**
 * The interpreter line: the installed Node, with flags that save memory (30 MiB, measured; for `gc`, see host/memory.ts).
 * V8's memory reducer collects garbage while little happens. It takes a quarter of the CPU of heartbeats and saves no memory
 * (measured), because the agent collects the garbage of its start itself. Each thread collects its young objects alone:
 * otherwise threads of V8 wake at every third heartbeat.
 * Without a limit, V8 lets its heap grow with the machine's memory. The largest accepted request needs less than 96 MiB of
 * heap. MemoryHigh of the unit allows 128 MiB.
 * The kernel reads only the first 255 bytes of the line (execve(2)).
 */
export const INTERPRETER =
  '#!/usr/bin/env -S MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=32768 /usr/lib/amphora-agent/node --disable-sigusr1 --lite-mode --max-semi-space-size=1 --max-old-space-size=128 --no-memory-reducer --no-parallel-scavenge --expose-gc';

/**
 * Bundles the program that loads the bundled agent. V8's compiled code works only with the flags of its interpreter line.
 * @param agent text of the bundled agent
 */
export function bundleStart(root: string, agent: string): Promise<Bundle> {
  const digest = createHash('sha256').update(agent).digest('hex');
  return bundle({
    ...COMMON,
    absWorkingDir: root,
    entryPoints: ['packaging/bundle/cached-start.ts'],
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

/** Replaces the module that reads the templates from the disk by one that contains the compiled templates. */
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

/** Loads systeminformation from a file beside the bundle. */
const machineFactsOutside: Plugin = {
  name: 'machine facts outside',
  setup: (builder) => {
    builder.onResolve({ filter: /^systeminformation$/ }, () => ({
      path: `./${MACHINE_FACTS}`,
      external: true,
    }));
  },
};

/**
 * Packages that others load and the agent does not use. Express has body-parser (half a megabyte with its character tables)
 * for bodies, which the agent reads itself, and qs for nested queries, which are off. prom-client has OpenTelemetry for metrics of
 * the process that the agent does not ask for.
 */
const UNUSED_PACKAGES = /^(body-parser|qs|@opentelemetry\/api)$/;

const withoutUnusedPackages: Plugin = {
  name: 'without unused packages',
  setup: (builder) => {
    builder.onResolve({ filter: UNUSED_PACKAGES }, ({ path: name }) => ({
      path: name,
      namespace: 'left-out',
    }));
    builder.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** The types of content that the agent sends or reads. Express looks up whether a type is compressible or has a charset. */
const CONTENT_TYPES = [
  'application/gzip',
  'application/json',
  'application/octet-stream',
  'application/vnd.tcpdump.pcap',
  'application/x-tar',
  'text/html',
  'text/plain',
];

/** The spinners of ora that the agent shows, on terminals with and without Unicode (src/commands/ctl/fleet/progress.ts). */
const SPINNERS = ['dots', 'line'];

/**
 * Leaves out zod's messages in languages other than English, and the entries of mime-db and cli-spinners that the agent does not
 * use: half a megabyte of text, and twice that in memory.
 */
const withoutUnusedTables: Plugin = {
  name: 'without unused tables',
  setup: (builder) => {
    builder.onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
    builder.onLoad({ filter: /\/mime-db\/db\.json$/ }, async ({ path: file }) => {
      return { contents: await entriesOf(file, CONTENT_TYPES), loader: 'json' };
    });
    builder.onLoad({ filter: /\/cli-spinners\/spinners\.json$/ }, async ({ path: file }) => ({
      contents: await entriesOf(file, SPINNERS),
      loader: 'json',
    }));
  },
};

/** Returns the text of a JSON file with some of its entries only. */
async function entriesOf(file: string, names: readonly string[]): Promise<string> {
  const all: Record<string, unknown> = JSON.parse(await readFile(file, 'utf8'));
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, all[name]])));
}
