import { describe, expect, it } from 'vitest';
import { jitterOf, percentile } from '../../bench/timing/jitter.ts';

describe('the jitter of heartbeats', () => {
  it('is 0 if each heartbeat comes when it is due', () => {
    expect(jitterOf([5, 1005, 2005], 1000)).toEqual({ beats: 3, p50: 0, p99: 0, max: 0 });
  });

  it('counts early and late heartbeats alike, and a lost one as an interval too long', () => {
    expect(jitterOf([0, 990, 2000, 4000], 1000)).toEqual({ beats: 4, p50: 0.01, p99: 1, max: 1 });
  });

  it('is unknown without heartbeats', () => {
    expect(jitterOf([], 1000)).toEqual({ beats: 0, p50: Number.NaN, p99: Number.NaN, max: Number.NaN });
  });

  it('leaves the largest of a hundred values out of the 99th percentile, and not the two largest', () => {
    const values = Array.from({ length: 98 }, () => 1);
    expect(percentile([...values, 1, 9], 0.99)).toBe(1);
    expect(percentile([...values, 9, 9], 0.99)).toBe(9);
  });
});
