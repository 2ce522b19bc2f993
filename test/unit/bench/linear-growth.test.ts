import { expect, it } from 'vitest';
import { fasterThanLinear } from '../../bench/charts/linear-growth.ts';

const size = (listeners: number, figure: number) => ({
  ...{ listeners, members: listeners },
  ...{ uploadMs: figure, beatMs: 1, beatBytes: 1, memoryMiB: 1 },
});

it('growth in proportion to the number of listeners, or slower, is not reported', () => {
  expect(fasterThanLinear([size(1, 50), size(10, 100), size(100, 1000)])).toEqual([]);
});

it('growth faster than the number of listeners is reported with its place', () => {
  expect(fasterThanLinear([size(1, 1), size(10, 10), size(100, 400)])).toEqual([
    'time of an upload: 40.0 times from 10 to 100 listeners',
  ]);
});
