import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readDocument } from '../../support/documents/documents.ts';

// the chapters about the metrics of the agent and of members
const [, chapter = ''] = readDocument('docs/metrics.md').split('## Metrics of the agent');
const rows = [...chapter.matchAll(/^\| (`amphora_agent_.+?`) \| (\w+) \|/gm)];
/** The names of all samples that the documented metrics have. */
const SAMPLES = new Set(
  rows.flatMap(([, names = '', type]) =>
    [...names.matchAll(/`(\w+)`/g)].flatMap(([, name = '']) => {
      if (type === 'counter') return [`${name}_total`];
      return type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
    }),
  ),
);

describe.each(['docs/monitoring/amphora-agent.rules.yml', 'docs/monitoring/dashboard.json'])('%s', (file) => {
  it('uses only samples that docs/metrics.md has', () => {
    const used = new Set(readFileSync(file, 'utf8').match(/amphora_agent_\w+/g));
    expect(used.size).toBeGreaterThan(5);
    expect([...used].filter((name) => !SAMPLES.has(name))).toEqual([]);
  });
});

/** What the tests read of a panel. */
interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number };
  readonly targets: readonly { readonly expr: string }[];
}

describe('the dashboard', () => {
  it('is JSON with a query in each panel', () => {
    const { panels } = JSON.parse(readFileSync('docs/monitoring/dashboard.json', 'utf8'));
    expect(panels.length).toBeGreaterThan(5);
    for (const { targets } of panels) expect(targets.length).toBeGreaterThan(0);
  });

  it('has each panel once, and none on top of another', () => {
    const { panels }: { panels: Panel[] } = JSON.parse(
      readFileSync('docs/monitoring/dashboard.json', 'utf8'),
    );
    const places = panels.map(({ gridPos: { x, y } }) => `${x} ${y}`);
    for (const names of [panels.map(({ id }) => `${id}`), panels.map(({ title }) => title), places])
      expect(new Set(names).size).toBe(panels.length);
    for (const { gridPos } of panels) expect(gridPos).toMatchObject({ h: 8, w: 12 });
  });

  it('shows each metric of the agent that docs/metrics.md names', () => {
    const [ofAgent = ''] = chapter.split('## Metrics of members');
    const names = [...ofAgent.matchAll(/^\| (`amphora_agent_.+?`) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
    );
    const { panels } = JSON.parse(readFileSync('docs/monitoring/dashboard.json', 'utf8'));
    const queries: string = JSON.stringify(panels.map(({ targets }: Panel) => targets));
    expect(names.length).toBeGreaterThan(30);
    expect(names.filter((name) => !new RegExp(`${name}(?:_total|_bucket)?\\b`).test(queries))).toEqual([]);
  });
});
