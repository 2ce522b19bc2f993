import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { constants, Script } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

/** The SHA-256 of the bundle in hex; esbuild replaces the name by its value (bundle.ts). */
declare const BUNDLE_DIGEST: string;

/**
 * Starts the bundled agent with the code cache that an earlier `amphora-agent warm-up` wrote beside the bundle. The cache
 * begins with the digest of its bundle, because V8 compares only the lengths of two sources and could run the code of
 * another version. V8 refuses a cache of another processor, another Node or other flags, and then compiles the bundle.
 */
const name = isMainThread ? 'agent.js' : 'heartbeat.js';
const bundle = path.join(path.dirname(fileURLToPath(import.meta.url)), name);
const cache = `${bundle}.cache`;

const script = new Script(readFileSync(bundle, 'latin1'), {
  filename: bundle,
  // the bundle of the heartbeat thread is small: compiling it is as fast as reading a cache
  cachedData: isMainThread ? readCache() : undefined,
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
if (isMainThread && process.argv[2] === 'warm-up') process.once('exit', keepCompiled);
script.runInThisContext()(createRequire(import.meta.url), import.meta.url);

function readCache(): Buffer | undefined {
  try {
    const content = readFileSync(cache);
    const isOfThisBundle = content.toString('latin1', 0, BUNDLE_DIGEST.length) === BUNDLE_DIGEST;
    return isOfThisBundle ? content.subarray(BUNDLE_DIGEST.length) : undefined;
  } catch {
    return undefined;
  }
}

function keepCompiled(exitCode: number): void {
  if (exitCode !== 0) return;
  const digest = Buffer.from(BUNDLE_DIGEST, 'latin1');
  writeFileSync(`${cache}.new`, Buffer.concat([digest, script.createCachedData()]));
  renameSync(`${cache}.new`, cache);
}
