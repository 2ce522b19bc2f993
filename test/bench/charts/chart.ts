import type { TopLevelSpec } from 'vega-lite';
import { figureText, targetText } from '../compare/table.ts';
import type { Verdict } from './rows.ts';

const BAR_WIDTH = 380;
const ROW_HEIGHT = 32;
const LINE_CHARACTERS = 40;
const REACHED = 'target reached';
const MISSED = 'target missed';
/** A label of two lines begins half a line higher, so that its middle is beside the bar. */
const LABELS = {
  labelExpr: "split(datum.label, '\\n')",
  labelOffset: { condition: { test: "indexof(datum.label, '\\n') >= 0", value: -7 }, value: 0 },
  ticks: false,
  labelPadding: 8,
};

/** A bar for each row: how much of the Python agent's figure ours is, where the target is and whether it is reached. */
export function comparisonChart(verdicts: readonly Verdict[]): TopLevelSpec {
  const values = verdicts.map(barOf);
  const scale = { domain: [0, 1] };
  return {
    title: {
      text: 'amphora-agent beside octavia-agent',
      subtitle: [
        'The line across a row is its target. The number is the ratio of the two figures, with the target in brackets.',
        'A bar that reaches the right edge stands for 1 or more.',
      ],
    },
    width: BAR_WIDTH,
    height: { step: ROW_HEIGHT },
    data: { values },
    encoding: { y: { field: 'label', type: 'nominal', sort: null, title: null, axis: LABELS } },
    layer: [
      {
        mark: { type: 'bar', height: 16 },
        encoding: {
          x: {
            field: 'part',
            type: 'quantitative',
            scale,
            title: "share of octavia-agent's figure (shorter is better)",
            axis: { labelFlush: false },
          },
          color: {
            field: 'outcome',
            scale: { domain: [REACHED, MISSED], range: ['#2a7f5f', '#b3542d'] },
            legend: { orient: 'top', title: null, labelFontSize: 12 },
          },
        },
      },
      {
        mark: { type: 'tick', thickness: 2, size: 24, color: '#222' },
        encoding: { x: { field: 'limit', type: 'quantitative', scale } },
      },
      {
        mark: { type: 'text', align: 'left', dx: BAR_WIDTH + 8, color: '#222' },
        encoding: { x: { value: 0 }, text: { field: 'text' } },
      },
    ],
  };
}

/** What the chart has of a row. Where more is better, the bar is the Python agent's share of ours. */
export function barOf({ what, ratio, target, isReached }: Verdict) {
  const [share, limit] = 'atMost' in target ? [ratio, target.atMost] : [1 / ratio, 1 / target.atLeast];
  return {
    label: inLines(what),
    part: Math.min(1, share),
    limit,
    outcome: isReached ? REACHED : MISSED,
    text: `${figureText(ratio)} (${targetText(target)})`,
  };
}

/** In two lines where the text is long, of about the same length. */
function inLines(text: string): string {
  if (text.length <= LINE_CHARACTERS) return text;
  const middle = text.length / 2;
  const spaces = [...text.matchAll(/ /g)].map(({ index }) => index);
  const [best = 0] = spaces.toSorted((one, other) => Math.abs(one - middle) - Math.abs(other - middle));
  return `${text.slice(0, best)}\n${text.slice(best + 1)}`;
}
