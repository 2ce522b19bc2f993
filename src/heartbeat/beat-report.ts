import {
  bookAfter,
  type CounterBook,
  countersOnly,
  NO_TRAFFIC,
  type TrafficCounters,
  trafficSince,
  type WorkerCounters,
} from '../domain/heartbeat/counters.ts';
import type { HeartbeatContent, HeartbeatVersion } from '../domain/heartbeat/heartbeat-message.ts';
import type { Observations } from './sources/collect.ts';

/** What one beat reports. */
export interface BeatReport {
  readonly content: HeartbeatContent;
  /** Returns the book after the message was sent. @param carried listeners whose traffic is in the message */
  bookAfter(carried: ReadonlySet<string>): CounterBook;
}

/**
 * Creates a function that makes the report of one beat after the other. The report is the same object as the last one if its
 * parameters are the same objects: if nothing was observed that is new, and the last message changed no counters.
 * @returns a function of the version, the observations and the counters that were reported before
 */
export function createReporter(): (
  version: HeartbeatVersion,
  observed: Observations,
  book: CounterBook,
) => BeatReport {
  let last: readonly [HeartbeatVersion, Observations, CounterBook, BeatReport] | undefined;
  return (version, observed, book) => {
    if (last?.[0] === version && last[1] === observed && last[2] === book) return last[3];
    const report = reportOf(version, observed, book);
    last = [version, observed, book, report];
    return report;
  };
}

function reportOf(version: HeartbeatVersion, observed: Observations, book: CounterBook): BeatReport {
  let last: { readonly carried: ReadonlySet<string>; readonly next: CounterBook } | undefined;
  return {
    content: {
      pools: observed.pools,
      stopped: observed.stopped,
      listeners: observed.listeners.map(({ id, status, connections, counters }) => ({
        id,
        status,
        connections,
        traffic: traffic(version, book, id, counters),
      })),
    },
    bookAfter(carried) {
      if (last?.carried !== carried)
        last = { carried, next: bookAfter(book, countersOf(observed, carried), observed.configured) };
      return last.next;
    },
  };
}

function traffic(
  version: HeartbeatVersion,
  book: CounterBook,
  listener: string,
  counters: WorkerCounters | undefined,
): TrafficCounters {
  if (counters === undefined) return NO_TRAFFIC;
  return version === 1 ? countersOnly(counters) : trafficSince(book, listener, counters);
}

const countersOf = (observed: Observations, reportedListeners: ReadonlySet<string>) =>
  new Map(
    observed.listeners.flatMap(({ id, counters }) =>
      counters === undefined || !reportedListeners.has(id) ? [] : [[id, counters] as const],
    ),
  );
