import { describe, expect, it } from 'vitest';
import { leaks, type Minute, minuteLine, SOAK_HEAD } from '../../bench/load/soak-minutes.ts';

const use = (pssMiB: number, descriptors: number) => ({ processes: 1, pssMiB, descriptors });

const minute = (number: number, pssMiB: number, descriptors: number): Minute => ({
  number,
  agent: use(pssMiB, descriptors),
  haproxy: use(10, 20),
  answerMs: { p50: 1, p99: 2, max: 3 },
  jitter: { beats: 30, p50: 0, p99: 0.01, max: 0.02 },
  controller: { done: 500, failed: 0 },
  clients: { done: 4000, failed: 0 },
});
const soak = (pssMiB: (number: number) => number, descriptors: (number: number) => number) =>
  Array.from({ length: 60 }, (_, index) => minute(index + 1, pssMiB(index + 1), descriptors(index + 1)));

describe('the verdict of the soak', () => {
  it('is good if nothing grows except by chance', () => {
    const result = soak(
      (number) => 100 + (number % 7),
      (number) => 30 + (number % 4),
    );
    expect(leaks(result)).toEqual([]);
  });

  it('is good if memory grew in the first half only', () => {
    const result = soak(
      (number) => Math.min(200, 100 + number * 5),
      () => 30,
    );
    expect(leaks(result)).toEqual([]);
  });

  it('names the figures that went on growing in the second half', () => {
    const result = soak(
      (number) => 100 + number,
      (number) => 30 + number,
    );
    expect(leaks(result)).toEqual([
      'memory of the agent (MiB) grew from 138.0 to 153.0',
      'file descriptors of the agent grew from 68.0 to 83.0',
    ]);
  });

  it('has lines as wide as their head', () => {
    expect(minuteLine(minute(1, 100, 30))).toHaveLength(SOAK_HEAD.length);
  });
});
