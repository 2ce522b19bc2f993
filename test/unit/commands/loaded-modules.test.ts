import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** The modules with which the daemon and its heartbeat thread start. */
const STARTED = [
  'src/main.ts',
  'src/commands/command-line.ts',
  'src/commands/serve.ts',
  'src/heartbeat/worker.ts',
];
const STATIC_IMPORT = /^(?:import|export) (?!type )[^;]*?from '([^']+)';$/gm;

interface Loaded {
  readonly modules: ReadonlySet<string>;
  readonly packages: ReadonlySet<string>;
}

/** Returns the modules that these load, with all that those load, without imports at run time. */
function loadedBy(started: readonly string[]): Loaded {
  const modules = new Set(started);
  const packages = new Set<string>();
  for (const file of modules) {
    for (const [, imported = ''] of readFileSync(file, 'utf8').matchAll(STATIC_IMPORT)) {
      if (imported.startsWith('.')) modules.add(new URL(imported, `file:///${file}`).pathname.slice(1));
      else packages.add(imported);
    }
  }
  return { modules, packages };
}

/** What an amphora at rest must not have in its memory: most amphorae are never looked at. */
const LATE =
  /^src\/(?:operations\/(?:health|diagnostics|capture)|domain\/(?:health|diagnostics|capture|fleet)|commands\/ctl|render\/ctl|host\/agent)\/|^src\/render\/(?:status|sparkline)|\/(?:agent-rollback|capture-process|capture-query|(?:capture|diagnostics|readiness)-reply)\.ts$/;
/** They hold what happens before the first look, or the limits in the OpenAPI document, and load nothing of the rest. */
const NEEDED = [
  'src/operations/health/recent-page.ts',
  'src/operations/health/request-counts.ts',
  'src/domain/capture/capture-limits.ts',
];

describe('the modules of looks at the amphora, and of ctl', () => {
  const { modules, packages } = loadedBy(STARTED);

  it('are not loaded by the daemon before the first request that needs them', () => {
    expect(modules).toContain('src/http/routes/history.ts');
    expect(modules).toContain('src/http/routes/capture.ts');
    expect([...modules].filter((file) => LATE.test(file)).toSorted()).toEqual(NEEDED.toSorted());
  });

  it('bring their libraries, which the daemon does not load before them', () => {
    expect(packages).toContain('express');
    for (const late of ['prom-client', 'systeminformation', 'cli-table3'])
      expect(packages).not.toContain(late);
  });
});
