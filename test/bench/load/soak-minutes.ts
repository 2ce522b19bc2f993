import { type Jitter, percentile } from '../timing/jitter.ts';
import type { ProcessUse } from './processes.ts';

interface Counts {
  readonly done: number;
  readonly failed: number;
}

/** What was measured in one minute of the soak, or at its end. */
export interface Minute {
  readonly number: number;
  readonly agent: ProcessUse;
  readonly haproxy: ProcessUse;
  /** how long the agent took to answer `GET /` on a kept connection: the delays of its event loop */
  readonly answerMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly jitter: Jitter;
  readonly controller: Counts;
  readonly clients: Counts;
}

const COLUMNS: readonly (readonly [head: string, cell: (minute: Minute) => string])[] = [
  ['minute', ({ number }) => `${number}`],
  ['agent MiB', ({ agent }) => agent.pssMiB.toFixed(1)],
  ['haproxy MiB', ({ haproxy }) => haproxy.pssMiB.toFixed(1)],
  ['haproxys', ({ haproxy }) => `${haproxy.processes}`],
  ['agent fds', ({ agent }) => `${agent.descriptors}`],
  ['GET / p50 ms', ({ answerMs }) => answerMs.p50.toFixed(1)],
  ['p99 ms', ({ answerMs }) => answerMs.p99.toFixed(1)],
  ['max ms', ({ answerMs }) => answerMs.max.toFixed(1)],
  ['beats', ({ jitter }) => `${jitter.beats}`],
  ['jitter p99', ({ jitter }) => `${(jitter.p99 * 100).toFixed(2)} %`],
  ['max', ({ jitter }) => `${(jitter.max * 100).toFixed(2)} %`],
  ['controller', ({ controller }) => `${controller.done}`],
  ['failed', ({ controller }) => `${controller.failed}`],
  ['clients', ({ clients }) => `${clients.done}`],
  ['failed', ({ clients }) => `${clients.failed}`],
];

const line = (cells: readonly string[]): string =>
  cells.map((cell, index) => cell.padStart(Math.max(8, COLUMNS[index]?.[0].length ?? 0))).join('  ');

export const SOAK_HEAD = line(COLUMNS.map(([head]) => head));

export const minuteLine = (minute: Minute): string => line(COLUMNS.map(([, cell]) => cell(minute)));

interface Bound {
  readonly what: string;
  readonly value: (minute: Minute) => number;
  /** growth that is none */
  readonly slack: number;
}

const BOUNDS: readonly Bound[] = [
  { what: 'memory of the agent (MiB)', value: ({ agent }) => agent.pssMiB, slack: 10 },
  { what: 'memory of haproxy (MiB)', value: ({ haproxy }) => haproxy.pssMiB, slack: 10 },
  { what: 'file descriptors of the agent', value: ({ agent }) => agent.descriptors, slack: 5 },
  { what: 'file descriptors of haproxy', value: ({ haproxy }) => haproxy.descriptors, slack: 20 },
];

/**
 * What grew in the second half of the soak: the median of the last quarter beyond that of the third by more than the
 * slack, one text each.
 */
export function leaks(minutes: readonly Minute[]): string[] {
  const third = minutes.slice(Math.floor(minutes.length / 2), Math.floor((minutes.length * 3) / 4));
  const last = minutes.slice(Math.floor((minutes.length * 3) / 4));
  return BOUNDS.flatMap(({ what, value, slack }) => {
    const [before, after] = [percentile(third.map(value), 0.5), percentile(last.map(value), 0.5)];
    return after > before + slack ? [`${what} grew from ${before.toFixed(1)} to ${after.toFixed(1)}`] : [];
  });
}
