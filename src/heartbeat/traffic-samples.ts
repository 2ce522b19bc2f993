import {
  bookAfter,
  type CounterBook,
  NO_TRAFFIC,
  trafficSince,
  type WorkerCounters,
} from '../domain/heartbeat/counters.ts';
import { createTrafficRecorder, type TrafficHistory } from '../domain/metrics/traffic-history.ts';
import type { Observations, StatisticsSource } from './sources/collect.ts';

/** A source of statistics that keeps the traffic of its listeners. */
export interface SampledSource extends StatisticsSource {
  history(): TrafficHistory;
}

/**
 * Keeps the traffic of the last hour of the listeners that a source observes. It uses what the heartbeat observes anyway,
 * and counts on its own: the heartbeat's book stands still while no controller can be reached.
 */
export function withSamples(source: StatisticsSource): SampledSource {
  const recorder = createTrafficRecorder();
  let book: CounterBook = { reported: new Map(), lost: 'all' };
  let last: Observations | undefined;

  const add = ({ listeners, configured }: Observations, now: number): void => {
    const counted = new Map<string, WorkerCounters>();
    for (const { id, counters } of listeners) {
      if (counters === undefined) continue;
      recorder.record(id, trafficSince(book, id, counters), now);
      counted.set(id, counters);
    }
    book = bookAfter(book, counted, configured);
    if (configured !== 'unknown') recorder.keepOnly(configured);
  };
  /** Adds observations that are those of the last time: no counter has grown. */
  const addSame = ({ listeners }: Observations, now: number): void => {
    for (const { id, counters } of listeners)
      if (counters !== undefined) recorder.record(id, NO_TRAFFIC, now);
  };

  return {
    async observe(deadlineMs) {
      const observed = await source.observe(deadlineMs);
      (observed === last ? addSame : add)(observed, performance.now());
      last = observed;
      return observed;
    },
    history: () => recorder.history(performance.now()),
  };
}
