import type { TrafficHistory } from './metrics/traffic-history.ts';
import { createExcerpt } from './text/excerpt.ts';

/** A list that keeps its newest entries. */
export interface Ring<Entry> {
  add(entry: Entry): void;
  /** Returns the kept entries, the oldest first. */
  entries(): readonly Entry[];
}

/** @param capacity the most entries; an entry beyond it replaces the oldest one */
export function createRing<Entry>(capacity: number): Ring<Entry> {
  const kept: Entry[] = [];
  let next = 0;
  return {
    add(entry) {
      kept[next] = entry;
      next = (next + 1) % capacity;
    },
    entries: () => (kept.length < capacity ? [...kept] : [...kept.slice(next), ...kept.slice(0, next)]),
  };
}

/** A request that the agent has answered. */
export interface RecentRequest {
  /** end of the request, ms since 1970 */
  readonly at: number;
  readonly method: string;
  /** path without its query; only the first 200 characters of a long one */
  readonly path: string;
  /** `cut off` when the connection ended before the answer did */
  readonly status: number | 'cut off';
  readonly milliseconds: number;
}

/** A beat of the heartbeat thread. */
export interface RecentHeartbeat {
  /** ms since 1970 */
  readonly at: number;
  /** size of the datagram; 0 when none was sent on purpose */
  readonly bytes: number;
  /** `host:port` of the controller; undefined when no heartbeat was sent on purpose */
  readonly destination: string | undefined;
  /** why the heartbeat was not sent; undefined when the kernel accepted it */
  readonly error: string | undefined;
}

/** A request that should have changed something, and failed. */
export interface FailedChange {
  /** end of the request, ms since 1970 */
  readonly at: number;
  readonly method: string;
  /** path without its query; only the first 200 characters of a long one */
  readonly path: string;
  readonly status: number;
  /** subject of the client's certificate; undefined when it has none */
  readonly client: string | undefined;
  /** why it failed, for example haproxy's output; the middle of a long text is left out */
  readonly reason: string;
}

/** The last requests, failed changes, heartbeats and traffic of the running agent. They are in memory only. */
export interface RecentEvents {
  readonly requests: Ring<RecentRequest>;
  readonly failedChanges: Ring<FailedChange>;
  /** Resolves with the last heartbeats, the oldest first. The heartbeat thread keeps them, and may be slow to answer. */
  heartbeats(): Promise<readonly RecentHeartbeat[]>;
  /** Resolves with the traffic of the listeners, which the heartbeat thread keeps as well. */
  traffic(): Promise<readonly TrafficHistory[]>;
}

const KEPT_REQUESTS = 200;
const KEPT_HEARTBEATS = 100;
const KEPT_FAILURES = 20;
const REASON_LENGTH = 1000;
const PATH_LENGTH = 200;

export function createRecentRequests(): Ring<RecentRequest> {
  const { add, entries } = createRing<RecentRequest>(KEPT_REQUESTS);
  return { add: (one) => add({ ...one, path: one.path.slice(0, PATH_LENGTH) }), entries };
}

function createFailedChanges(): Ring<FailedChange> {
  const { add, entries } = createRing<FailedChange>(KEPT_FAILURES);
  const shortened = (reason: string): string => {
    const excerpt = createExcerpt(REASON_LENGTH);
    excerpt.add(reason.trim());
    return excerpt.text();
  };
  return {
    add: (one) => add({ ...one, path: one.path.slice(0, PATH_LENGTH), reason: shortened(one.reason) }),
    entries,
  };
}

export const createRecentHeartbeats = (): Ring<RecentHeartbeat> => createRing(KEPT_HEARTBEATS);

/**
 * @param heartbeats reads the last heartbeats from their thread
 * @param traffic reads the traffic of the listeners from the same thread
 */
export const createRecentEvents = (
  heartbeats: RecentEvents['heartbeats'],
  traffic: RecentEvents['traffic'],
): RecentEvents => ({
  requests: createRecentRequests(),
  failedChanges: createFailedChanges(),
  heartbeats,
  traffic,
});
