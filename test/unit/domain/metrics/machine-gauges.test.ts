import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  machineGauges,
  memoryUse,
  parseProcessorTime,
  processorUse,
} from '../../../../src/domain/metrics/machine-gauges.ts';

describe('use of the processors', () => {
  it('leaves out idle time and disk waits, and counts guests once', () => {
    expect(parseProcessorTime('cpu  10 1 20 300 40 2 3 4 10 1\ncpu0 5 1 10 150 20 1 2 2 5 0\n')).toEqual({
      busy: 40,
      total: 380,
    });
  });

  it('is computed between two moments', () => {
    const before = parseProcessorTime('cpu 100 0 0 900');
    expect(processorUse(before, parseProcessorTime('cpu 125 0 0 975'))).toBe(25);
    expect(processorUse(before, before)).toBe(0);
  });

  it('is between 0 and 100 for any counters of the kernel', () => {
    const time = fc.record({ busy: fc.nat(), total: fc.nat() });
    fc.assert(
      fc.property(time, time, (before, now) => {
        const use = processorUse(before, now);
        expect(use).toBeGreaterThanOrEqual(0);
        expect(use).toBeLessThanOrEqual(100);
      }),
    );
  });
});

describe('use of the memory', () => {
  it('is the memory that is not available to programs', () => {
    expect(memoryUse('MemTotal:        1000 kB\nMemFree:  1 kB\nMemAvailable:   750 kB\n')).toBe(25);
  });

  it('is 0 if the kernel reports nothing', () => {
    expect(memoryUse('')).toBe(0);
  });
});

describe('the gauges of the machine', () => {
  it('are in the text format of Prometheus', () => {
    expect(
      machineGauges({ processor: 9.66, memory: 100 }),
    ).toBe(`# HELP octavia_loadbalancer_cpu Processor time that the load balancer uses, in per cent.
# TYPE octavia_loadbalancer_cpu gauge
octavia_loadbalancer_cpu 9.7
# HELP octavia_loadbalancer_memory Memory that the load balancer uses, in per cent.
# TYPE octavia_loadbalancer_memory gauge
octavia_loadbalancer_memory 100.0
`);
  });
});
