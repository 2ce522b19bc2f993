import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** What both charts look like. Vega, which does not know the reader's font, leaves more room for labels than they need. */
const LOOK = {
  background: '#fff',
  padding: 10,
  config: {
    font: 'sans-serif',
    view: { stroke: null },
    title: { anchor: 'start', fontSize: 14, fontWeight: 'bold', subtitleFontSize: 12, offset: 12 },
    axis: { labelFontSize: 12, titleFontSize: 12, titleFontWeight: 'normal', labelLimit: 0, domain: false },
    text: { fontSize: 12 },
  },
} as const satisfies Partial<TopLevelSpec>;

/** @returns the picture as SVG. The same chart gives the same text. */
export async function draw(chart: TopLevelSpec): Promise<string> {
  const { spec } = compile({ ...LOOK, ...chart });
  const view = new View(parse(spec), { renderer: 'none' });
  return `${await view.toSVG()}\n`;
}
