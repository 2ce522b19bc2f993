import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { REPOSITORY } from '../../repository.ts';
import { promtool } from '../../support/monitoring/promtool.ts';

const at = (name: string): string => path.join(REPOSITORY, 'docs/monitoring', name);
const dashboard = z.object({
  panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })) })),
});

describe('promtool', () => {
  it('accepts the alert rules', async () => {
    const { exitCode, output } = await promtool(['check', 'rules', at('amphora-agent.rules.yml')]);
    expect([exitCode, output]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });

  it('sees the alerts that the tests of the rules expect', async () => {
    const { exitCode, output } = await promtool(['test', 'rules', at('amphora-agent.rules.test.yml')]);
    expect([exitCode, output]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });

  it('parses each query of the dashboard', async () => {
    const { panels } = dashboard.parse(JSON.parse(await readFile(at('dashboard.json'), 'utf8')));
    const rules = panels.flatMap(({ targets }, panel) =>
      targets.map(({ expr }, target) => ({
        record: `panel_${panel}:target_${target}`,
        expr: expr.replaceAll('$instance', '.*'),
      })),
    );
    expect(rules.length).toBeGreaterThan(10);
    const directory = await mkdtemp(path.join(tmpdir(), 'dashboard-'));
    try {
      // each JSON text is a YAML text too
      const file = path.join(directory, 'rules.yml');
      await writeFile(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
      const { exitCode, output } = await promtool(['check', 'rules', file]);
      expect([exitCode, output]).toEqual([0, expect.stringContaining(`SUCCESS: ${rules.length} rules`)]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
