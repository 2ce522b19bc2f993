import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { OCTAVIA_METRICS } from '../../../../src/domain/metrics/octavia-metrics.ts';

interface Row {
  readonly haproxy: string;
  readonly octavia: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly hasOwnHelp: boolean;
}

const [, ...lines] = readFileSync(path.resolve('test/golden/prometheus/metrics.csv'), 'utf8')
  .trim()
  .split('\n');
const agreed: Row[] = lines.map((line) => {
  const [haproxy = '', octavia = '', renames = '', help = ''] = line.split(',');
  const pairs = renames.split(';').filter((pair) => pair !== '');
  return {
    haproxy,
    octavia,
    labels: Object.fromEntries(pairs.map((pair) => pair.split('='))),
    hasOwnHelp: help === 'yes',
  };
});

describe('the table of metrics', () => {
  it('contains exactly the agreed metrics', () => {
    const ours = [...OCTAVIA_METRICS].map(
      ([haproxy, { name, labels, help }]): Row => ({
        haproxy,
        octavia: name,
        labels,
        hasOwnHelp: help !== undefined,
      }),
    );
    const byName = (one: Row, other: Row): number => one.haproxy.localeCompare(other.haproxy);
    expect(ours.sort(byName)).toEqual(agreed.sort(byName));
  });

  it('explains every metric without a term of haproxy', () => {
    for (const { help } of OCTAVIA_METRICS.values()) {
      if (help !== undefined) expect(help).not.toMatch(/haproxy|server|backend|frontend|proxy/i);
    }
  });
});
