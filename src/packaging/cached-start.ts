import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { constants, Script } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

/**
 * Starts the bundled agent with the machine code that an earlier `amphora-agent warm-up` left beside it. The cache
 * fits one binary of Node with one set of V8 flags; with any other, V8 compiles as ever.
 */
const name = isMainThread ? 'agent.js' : 'heartbeat.js';
const bundle = path.join(path.dirname(fileURLToPath(import.meta.url)), name);
const cache = `${bundle}.cache`;

const script = new Script(readFileSync(bundle, 'latin1'), {
  filename: bundle,
  // the thread's bundle is small, and compiles as fast as a cache is read
  cachedData: isMainThread ? readCache() : undefined,
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
if (isMainThread && process.argv[2] === 'warm-up') process.once('exit', keepCompiled);
script.runInThisContext()(createRequire(import.meta.url), import.meta.url);

function readCache(): Buffer | undefined {
  try {
    return readFileSync(cache);
  } catch {
    return undefined;
  }
}

function keepCompiled(exitCode: number): void {
  if (exitCode !== 0) return;
  writeFileSync(`${cache}.new`, script.createCachedData());
  renameSync(`${cache}.new`, cache);
}
