import { expect, it } from 'vitest';
import { growthPoints } from '../../bench/charts/growth-chart.ts';

it('the growth chart draws linear growth on the grey line, and no growth at the bottom', () => {
  const sizes = [1, 10, 100].map((listeners) => ({
    ...{ listeners, members: 10 * listeners, uploadMs: 7 * listeners },
    ...{ beatMs: 2 * listeners ** 0.5, beatBytes: 500, memoryMiB: 60 / listeners },
  }));
  const times = (name: string): number[] =>
    growthPoints(sizes)
      .filter((point) => point.name === name)
      .map((point) => point.times);
  expect(times('linear growth')).toEqual([1, 10, 100]);
  expect(times('time of an upload')).toEqual([1, 10, 100]);
  expect(times('size of a heartbeat')).toEqual([1, 1, 1]);
  expect(times('memory')).toEqual([1, 1, 1]);
  expect(times('CPU of a heartbeat')).toEqual([1, expect.closeTo(3.16, 2), 10]);
});
