import { describe, expect, it } from 'vitest';
import { machineGauges } from '../../../src/domain/metrics/machine-gauges.ts';
import { OCTAVIA_METRICS } from '../../../src/domain/metrics/octavia-metrics.ts';
import { readDocument, rowsIn } from '../../support/documents/documents.ts';

describe('the metrics in docs/metrics.md', () => {
  const rows = rowsIn(readDocument('docs/metrics.md')).map(({ cells }) => cells);

  it("are those that the proxy makes of haproxy's, with their labels", () => {
    const renamed = (labels: Readonly<Record<string, string>>): string =>
      Object.entries(labels)
        .map(([from, to]) => `\`${from}\` → \`${to}\``)
        .join(', ') || '–';
    const expected = [...OCTAVIA_METRICS].map(([haproxy, { name, labels }]) => [
      `\`${name}\``,
      `\`${haproxy}\``,
      renamed(labels),
    ]);
    expect(rows.filter((cells) => cells.length === 3)).toEqual(expected);
  });

  it('and those that the proxy adds', () => {
    const gauges = machineGauges({ processor: 0, memory: 0 }).matchAll(/^# TYPE (\w+)/gm);
    const added = rows.filter((cells) => cells.length === 2).map(([metric]) => metric);
    expect(added).toEqual([...gauges].map(([, name]) => `\`${name}\``));
  });
});
