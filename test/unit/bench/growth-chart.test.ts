import { expect, it } from 'vitest';
import { growthChart } from '../../bench/compare/growth-chart.ts';

it('the growth chart draws linear growth on the grey line, and no growth at the bottom', () => {
  const sizes = [1, 10, 100].map((listeners) => ({
    ...{ listeners, members: 10 * listeners, uploadMs: 7 * listeners },
    ...{ beatMs: 2 * listeners ** 0.5, beatBytes: 500, memoryMiB: 60 },
  }));
  const chart = growthChart(sizes);
  const lines = [...chart.matchAll(/points="([^"]+)" fill="none" stroke="(#\w+)"/g)];
  const byColour = new Map(lines.map(([, points, colour]) => [colour, points]));
  expect(byColour.size).toBe(5);
  expect(byColour.get('#2a7f5f')).toBe(byColour.get('#bbb'));
  const heights = (colour: string) =>
    byColour
      .get(colour)
      ?.split(' ')
      .map((point) => Number(point.split(',')[1]));
  expect(new Set(heights('#3b5b9d')).size).toBe(1);
  expect(heights('#b3542d')).toEqual([370, 287.5, 205]);
});
