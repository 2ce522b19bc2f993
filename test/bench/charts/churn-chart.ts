import type { TopLevelSpec } from 'vega-lite';
import type { ChurnVerdict } from '../churn/rows.ts';
import { type Bar, barChart, barOf, barWithoutTarget } from './chart.ts';

/** A bar for each time: how much of the Python agent's figure ours is. */
export const churnChart = (verdicts: readonly ChurnVerdict[]): TopLevelSpec =>
  barChart('Changes of a load balancer under traffic', churnBars(verdicts));

/** The bars of the times. Numbers of things, most of them 0, and memory are in the table only. */
export const churnBars = (verdicts: readonly ChurnVerdict[]): Bar[] =>
  verdicts.flatMap(({ what, unit, target, ratio, isReached }) => {
    if (ratio === undefined || unit !== 'ms') return [];
    if (target === undefined) return [barWithoutTarget(what, ratio)];
    return 'ofTheirs' in target
      ? [barOf({ what, ratio, target: { atMost: target.ofTheirs }, isReached })]
      : [];
  });
