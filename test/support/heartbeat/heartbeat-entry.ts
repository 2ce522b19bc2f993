import path from 'node:path';
import { build } from 'esbuild';

const FIXTURE = path.resolve(import.meta.dirname, '../../fixtures/heartbeat-entry.ts');
/** Packages in CommonJS call `require`, which a module from a data URL lacks. */
const REQUIRE = `import { createRequire } from 'node:module'; const require = createRequire(${JSON.stringify(FIXTURE)});`;

/**
 * The module of test/fixtures/heartbeat-entry.ts, bundled as JavaScript.
 * Node strips the types of a TypeScript module with WebAssembly. When several threads of one process do so, V8 can crash
 * the process (SIGSEGV). The shipped agent has no TypeScript in its threads either.
 */
export async function heartbeatEntry(): Promise<URL> {
  const { outputFiles } = await build({
    entryPoints: [FIXTURE],
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    banner: { js: REQUIRE },
    write: false,
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`esbuild made no file of ${FIXTURE}`);
  return new URL(`data:text/javascript;base64,${Buffer.from(file.contents).toString('base64')}`);
}
