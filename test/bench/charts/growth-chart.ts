import type { TopLevelSpec } from 'vega-lite';
import { GROWING, type SizeFigures } from './linear-growth.ts';

const COLOURS: Readonly<Record<keyof typeof GROWING, string>> = {
  uploadMs: '#2a7f5f',
  beatMs: '#b3542d',
  beatBytes: '#3b5b9d',
  memoryMiB: '#7a5a9e',
};
const LINEAR = { name: 'linear growth', colour: '#999' };

/**
 * How many times its figure at the smallest size each figure is, by listeners, both axes logarithmic, beside linear growth.
 * @param sizes smallest first, two at least
 */
export function growthChart(sizes: readonly SizeFigures[]): TopLevelSpec {
  const values = growthPoints(sizes);
  const listeners = sizes.map((size) => size.listeners);
  const fewest = Math.min(...listeners);
  const names = Object.keys(COLOURS).map((key) => GROWING[key as keyof typeof GROWING]);
  return {
    title: {
      text: 'Growth with the number of listeners',
      subtitle: '10 members for each listener, both axes logarithmic',
    },
    width: 480,
    height: 340,
    data: { values },
    encoding: {
      x: {
        field: 'listeners',
        type: 'quantitative',
        scale: { type: 'log' },
        title: 'listeners',
        axis: { values: listeners, format: 'd', grid: false, labelFlush: false },
      },
      y: {
        field: 'times',
        type: 'quantitative',
        scale: { type: 'log' },
        title: `multiple of the figure at ${fewest} listener${fewest === 1 ? '' : 's'}`,
        axis: { values: listeners.map((count) => count / fewest), format: 'd' },
      },
      color: {
        field: 'name',
        scale: { domain: [...names, LINEAR.name], range: [...Object.values(COLOURS), LINEAR.colour] },
        legend: null,
      },
    },
    layer: [
      {
        mark: { type: 'line', point: true },
        encoding: {
          strokeDash: {
            condition: { test: `datum.name === '${LINEAR.name}'`, value: [4, 4] },
            value: [1, 0],
          },
        },
      },
      {
        mark: { type: 'text', align: 'left', dx: 8 },
        encoding: { text: { field: 'name' } },
        transform: [{ filter: `datum.listeners === ${Math.max(...listeners)}` }],
      },
    ],
  };
}

interface Point {
  readonly name: string;
  readonly listeners: number;
  readonly times: number;
}

/** The points of all lines: first those of the figures, then those of linear growth. */
export const growthPoints = (sizes: readonly SizeFigures[]): Point[] => [
  ...Object.keys(COLOURS).flatMap((key) => pointsOf(key as keyof typeof GROWING, sizes)),
  ...linear(sizes),
];

const pointsOf = (key: keyof typeof GROWING, sizes: readonly SizeFigures[]): Point[] =>
  sizes.map((size) => ({
    name: GROWING[key],
    listeners: size.listeners,
    // below 1 there is no growth, and the axis ends
    times: Math.max(1, size[key] / (sizes[0]?.[key] ?? 1)),
  }));

const linear = (sizes: readonly SizeFigures[]): Point[] =>
  sizes.map(({ listeners }) => ({
    name: LINEAR.name,
    listeners,
    times: listeners / (sizes[0]?.listeners ?? 1),
  }));
