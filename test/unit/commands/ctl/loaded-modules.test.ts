import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** The modules with which the daemon and its heartbeat thread start. */
const STARTED = [
  'src/main.ts',
  'src/commands/command-line.ts',
  'src/commands/serve.ts',
  'src/heartbeat/worker.ts',
];
const STATIC_IMPORT = /^(?:import|export) (?!type )[^;]*?from '(\.[^']+)';$/gm;

/** Returns the modules that these load, with all that those load, without imports at run time. */
function loadedBy(started: readonly string[]): ReadonlySet<string> {
  const loaded = new Set(started);
  for (const file of loaded) {
    for (const [, imported = ''] of readFileSync(file, 'utf8').matchAll(STATIC_IMPORT))
      loaded.add(new URL(imported, `file:///${file}`).pathname.slice(1));
  }
  return loaded;
}

describe('the modules of ctl', () => {
  it('are not loaded by the daemon, nor are the operations behind its requests', () => {
    const loaded = [...loadedBy(STARTED)];
    expect(loaded).toContain('src/http/routes/history.ts');
    const late =
      /^src\/(?:commands\/ctl|render\/ctl|host\/agent|domain\/fleet)\/|\/(?:agent-rollback|live-statistics)\.ts$/;
    expect(loaded.filter((file) => late.test(file))).toEqual([]);
  });
});
