import type { TopLevelSpec } from 'vega-lite';
import { figureText, targetText } from '../compare/table.ts';
import type { Verdict } from './rows.ts';

const BAR_WIDTH = 380;
const ROW_HEIGHT = 32;
const LINE_CHARACTERS = 40;
const REACHED = 'target reached';
const MISSED = 'target missed';
const NO_TARGET = 'no target';
const OUTCOMES = [
  [REACHED, '#2a7f5f'],
  [MISSED, '#b3542d'],
  [NO_TARGET, '#888'],
] as const;
/** A label of two lines begins half a line higher, so that its middle is beside the bar. */
const LABELS = {
  labelExpr: "split(datum.label, '\\n')",
  labelOffset: { condition: { test: "indexof(datum.label, '\\n') >= 0", value: -7 }, value: 0 },
  ticks: false,
  labelPadding: 8,
};

/** One bar. */
export interface Bar {
  readonly label: string;
  /** its length, from 0 to 1 */
  readonly part: number;
  /** where the target is, from 0 to 1; null without a target */
  readonly limit: number | null;
  readonly outcome: string;
  readonly text: string;
}

/** A bar for each row: how much of the Python agent's figure ours is, where the target is and whether it is reached. */
export const comparisonChart = (verdicts: readonly Verdict[]): TopLevelSpec =>
  barChart('amphora-agent beside octavia-agent', verdicts.map(barOf));

/** A chart of such bars under a title. */
export function barChart(title: string, bars: readonly Bar[]): TopLevelSpec {
  const scale = { domain: [0, 1] };
  const hasAllTargets = bars.every(({ limit }) => limit !== null);
  const outcomes = hasAllTargets ? OUTCOMES.slice(0, 2) : OUTCOMES;
  return {
    title: {
      text: title,
      subtitle: [
        'The line across a row is its target. The number is the ratio of the two figures, with the target in brackets.',
        'A bar that reaches the right edge stands for 1 or more.',
      ],
    },
    width: BAR_WIDTH,
    height: { step: ROW_HEIGHT },
    data: { values: [...bars] },
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
            scale: { domain: outcomes.map(([name]) => name), range: outcomes.map(([, colour]) => colour) },
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
export function barOf(row: Pick<Verdict, 'what' | 'ratio' | 'target' | 'isReached'>): Bar {
  const { what, ratio, target, isReached } = row;
  const [share, limit] = 'atMost' in target ? [ratio, target.atMost] : [1 / ratio, 1 / target.atLeast];
  return {
    label: inLines(what),
    part: Math.min(1, share),
    limit,
    outcome: isReached ? REACHED : MISSED,
    text: `${figureText(ratio)} (${targetText(target)})`,
  };
}

/** A bar of a row that has no target. */
export const barWithoutTarget = (what: string, ratio: number): Bar => ({
  label: inLines(what),
  part: Math.min(1, ratio),
  limit: null,
  outcome: NO_TARGET,
  text: figureText(ratio),
});

/** In two lines where the text is long, of about the same length. */
function inLines(text: string): string {
  if (text.length <= LINE_CHARACTERS) return text;
  const middle = text.length / 2;
  const spaces = [...text.matchAll(/ /g)].map(({ index }) => index);
  const [best = 0] = spaces.toSorted((one, other) => Math.abs(one - middle) - Math.abs(other - middle));
  return `${text.slice(0, best)}\n${text.slice(best + 1)}`;
}
