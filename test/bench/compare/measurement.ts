import type { Figures, RowName } from '../charts/rows.ts';
import { percentile } from '../timing/jitter.ts';
import type { Contestant } from './contestants.ts';

/** One way to find out the figures of some rows, repeated in each round. */
export interface Measurement {
  readonly rows: readonly RowName[];
  /** whether both agents can be measured at the same time */
  readonly together?: true;
  measure(contestant: Contestant): Promise<Figures>;
}

/** The median of some times, in ms. */
export async function timesOf(count: number, take: () => Promise<number>): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) times.push(await take());
  return percentile(times, 0.5);
}
