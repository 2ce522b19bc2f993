/** How regular heartbeats came: deviations of the intervals between them, as parts of the interval that was asked for. */
export interface Jitter {
  readonly beats: number;
  /** median, 99th percentile and largest of |interval - asked for| / asked for */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** The smallest value that at least `part` (0 to 1) of all are not above ("nearest rank"); NaN of none. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}

/** @param arrivals moments in ms, in order @param intervalMs what was asked for */
export function jitterOf(arrivals: readonly number[], intervalMs: number): Jitter {
  const deviations = arrivals
    .slice(1)
    .map((arrival, index) => Math.abs(arrival - (arrivals[index] ?? 0) - intervalMs) / intervalMs);
  return {
    beats: arrivals.length,
    p50: percentile(deviations, 0.5),
    p99: percentile(deviations, 0.99),
    max: percentile(deviations, 1),
  };
}
