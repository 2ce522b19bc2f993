import { GROWING, type SizeFigures } from './linear-growth.ts';

const WIDTH = 720;
const HEIGHT = 420;
const LEFT = 60;
const RIGHT = 200;
const TOP = 40;
const BOTTOM = 50;
const TEXT = 'font-family="sans-serif" font-size="13" fill="#222"';
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
  const most = Math.max(...listeners) / Math.min(...listeners);
  const at = plane(Math.min(...listeners), most);
  const title = 'growth with the number of listeners, 10 members each; grey is linear';
  const lines = Object.keys(COLOURS).map((key) => lineOf(key as keyof typeof GROWING, sizes, at));
  const ticks = listeners.map(
    (count) =>
      `<text x="${at(count, 1).x}" y="${HEIGHT - BOTTOM + 22}" text-anchor="middle" ${TEXT}>${count}</text>` +
      `<text x="${LEFT - 8}" y="${at(1, count / Math.min(...listeners)).y}" text-anchor="end" ${TEXT}>× ${count / Math.min(...listeners)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${title}">
<rect width="100%" height="100%" fill="#fff"/>
<text x="${LEFT}" y="22" ${TEXT}>${title}</text>
${polyline(
  sizes.map((size) => at(size.listeners, size.listeners / Math.min(...listeners))),
  '#bbb',
)}
${[...ticks, ...lines].join('\n')}
</svg>
`;
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
  const label = `<text x="${x + 8}" y="${y + 4}" ${TEXT.replace('#222', COLOURS[key])}>${GROWING[key]}</text>`;
  return polyline(points, COLOURS[key]) + label;
}

const polyline = (points: readonly Point[], colour: string): string =>
  `<polyline points="${points.map(({ x, y }) => `${x},${y}`).join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`;
