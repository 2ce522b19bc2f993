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

describe('the dashboard', () => {
  it('is JSON with a query in each panel', () => {
    const { panels } = JSON.parse(readFileSync('docs/monitoring/dashboard.json', 'utf8'));
    expect(panels.length).toBeGreaterThan(5);
    for (const { targets } of panels) expect(targets.length).toBeGreaterThan(0);
  });
});
