import { GROWING, type SizeFigures } from './linear-growth.ts';
import { INK, picture, TEXT } from './svg.ts';

const WIDTH = 720;
const HEIGHT = 420;
const LEFT = 60;
const RIGHT = 200;
const TOP = 40;
const BOTTOM = 50;
const COLOURS: Readonly<Record<keyof typeof GROWING, string>> = {
  uploadMs: '#2a7f5f',
  beatMs: '#b3542d',
  beatBytes: '#3b5b9d',
  memoryMiB: '#7a5a9e',
};

/**
 * How many times its figure at the smallest size each figure is, by listeners, both axes logarithmic; the grey line is linear growth
 * (SVG 1.1).
 * @param sizes smallest first, two at least
 */
export function growthChart(sizes: readonly SizeFigures[]): string {
  const listeners = sizes.map((size) => size.listeners);
  const fewest = Math.min(...listeners);
  const at = plane(fewest, Math.max(...listeners) / fewest);
  const linear = listeners.map((count) => at(count, count / fewest));
  const ticks = listeners.map((count) => {
    const { x, y } = at(count, count / fewest);
    return (
      `<text x="${x}" y="${HEIGHT - BOTTOM + 22}" text-anchor="middle" ${TEXT} fill="${INK}">${count}</text>` +
      `<text x="${LEFT - 8}" y="${y}" text-anchor="end" ${TEXT} fill="${INK}">× ${count / fewest}</text>`
    );
  });
  const lines = Object.keys(COLOURS).map((key) => lineOf(key as keyof typeof GROWING, sizes, at));
  const title = 'growth with the number of listeners, 10 members each; grey is linear';
  return picture({ width: WIDTH, height: HEIGHT, title, titleX: LEFT }, [
    polyline(linear, '#bbb'),
    ...ticks,
    ...lines,
  ]);
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where a figure is drawn: so many listeners, so many times the first figure. */
function plane(fewest: number, most: number): (listeners: number, times: number) => Point {
  const share = (value: number): number => Math.log(Math.max(1, value)) / Math.log(most);
  const round = (value: number): number => Math.round(value * 10) / 10;
  return (listeners, times) => ({
    x: round(LEFT + share(listeners / fewest) * (WIDTH - LEFT - RIGHT)),
    y: round(HEIGHT - BOTTOM - share(times) * (HEIGHT - TOP - BOTTOM)),
  });
}

function lineOf(
  key: keyof typeof GROWING,
  sizes: readonly SizeFigures[],
  at: (listeners: number, times: number) => Point,
): string {
  const points = sizes.map((size) => at(size.listeners, size[key] / (sizes[0]?.[key] ?? 1)));
  const { x = 0, y = 0 } = points.at(-1) ?? {};
  const label = `<text x="${x + 8}" y="${y + 4}" ${TEXT} fill="${COLOURS[key]}">${GROWING[key]}</text>`;
  return polyline(points, COLOURS[key]) + label;
}

const polyline = (points: readonly Point[], colour: string): string =>
  `<polyline points="${points.map(({ x, y }) => `${x},${y}`).join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`;
