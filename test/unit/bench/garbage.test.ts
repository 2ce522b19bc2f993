import { describe, expect, it } from 'vitest';
import { allocatedMb } from '../../bench/looks/garbage.ts';

const line = (isolate: string, before: number, after: number): string =>
  `[5420:${isolate}]     1304 ms: Scavenge ${before} (34.0) -> ${after} (34.0) MB, pooled: 0 MB, 1.55 / 0.00 ms  (average mu = 1.000) allocation failure; \n`;

describe("V8's log of its collections", () => {
  it('shows what the busiest isolate has allocated between them', () => {
    const log = `${line('0xa', 10, 5)}${line('0xb', 50, 40)}{"level":30}\n${line('0xa', 8, 6)}${line('0xb', 41, 40)}`;
    expect(allocatedMb(log)).toBe(3);
    expect(allocatedMb('')).toBe(0);
  });
});
