/** One sample of a metric. */
export interface Sample {
  /** name of the sample if it differs from that of its family: the buckets of a histogram have such names */
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One metric with its samples (OpenMetrics 1.0, "MetricFamily"). */
export interface MetricFamily {
  /** without `_total`, which the samples of a counter get */
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: readonly Sample[];
}

/** Durations in buckets. */
export interface Durations {
  /** number of durations up to each bound of BOUNDS, and of all */
  readonly buckets: readonly number[];
  readonly count: number;
  /** seconds */
  readonly sum: number;
}

/** Upper bounds of buckets, in seconds. */
export const BOUNDS: readonly number[] = [0.005, 0.025, 0.1, 0.5, 2.5, 10];

export const NO_DURATIONS: Durations = { buckets: BOUNDS.map(() => 0), count: 0, sum: 0 };

/** Returns durations with a further one. @param seconds the duration */
export const withDuration = ({ buckets, count, sum }: Durations, seconds: number): Durations => ({
  buckets: buckets.map((number, index) => number + (seconds <= (BOUNDS[index] ?? 0) ? 1 : 0)),
  count: count + 1,
  sum: sum + seconds,
});

/** Returns the samples of a histogram. @param name name of its family */
export const histogramSamples = (
  name: string,
  labels: Readonly<Record<string, string>>,
  { buckets, count, sum }: Durations,
): Sample[] => [
  ...buckets.map((value, index) => bucket(name, labels, boundText(BOUNDS[index] ?? 0), value)),
  bucket(name, labels, '+Inf', count),
  { name: `${name}_sum`, labels, value: sum },
  { name: `${name}_count`, labels, value: count },
];

/** OpenMetrics wants the same text for a number from each program: a whole one has a fraction. */
const boundText = (bound: number): string => (Number.isInteger(bound) ? `${bound}.0` : `${bound}`);

const bucket = (
  name: string,
  labels: Readonly<Record<string, string>>,
  bound: string,
  value: number,
): Sample => ({ name: `${name}_bucket`, labels: { ...labels, le: bound }, value });
