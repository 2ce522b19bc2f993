import type { ListenerStatistics, PoolStatistics } from '../../domain/haproxy/statistics.ts';
import type { HeartbeatVersion } from '../../domain/heartbeat/heartbeat-message.ts';

/** The content of a message about one kind of listener. */
export interface Observations {
  /** listeners whose process has answered; no state is guessed */
  readonly listeners: readonly ListenerStatistics[];
  readonly pools: readonly PoolStatistics[];
  /** ids of listeners that are known not to run */
  readonly stopped: readonly string[];
  /** ids of all listeners that a configuration names or a worker drains; `'unknown'` if a configuration is unreadable */
  readonly configured: ReadonlySet<string> | 'unknown';
  /** version of the messages that the controller of these listeners expects; undefined if unknown */
  readonly version: HeartbeatVersion | undefined;
}

export const NOTHING_OBSERVED: Observations = {
  listeners: [],
  pools: [],
  stopped: [],
  configured: new Set(),
  version: undefined,
};

/** The source of statistics for one kind of listener: those of haproxy, or those of the kernel (LVS). */
export interface StatisticsSource {
  /** Observes all listeners. Logs problems and never throws them. @param deadlineMs time within which it resolves, in ms */
  observe(deadlineMs: number): Promise<Observations>;
}

/** Observes all sources in parallel and joins their observations. */
export async function collect(
  sources: readonly StatisticsSource[],
  deadlineMs: number,
): Promise<Observations> {
  return joinObservations(await Promise.all(sources.map((source) => source.observe(deadlineMs))));
}

/** Joins observations. An amphora has one load balancer as a rule, so there is mostly one part that has something. */
export function joinObservations(parts: readonly Observations[]): Observations {
  const [only, ...others] = parts.filter((part) => part !== NOTHING_OBSERVED);
  if (only === undefined) return NOTHING_OBSERVED;
  if (others.length === 0) return only;
  return {
    listeners: parts.flatMap((part) => part.listeners),
    pools: parts.flatMap((part) => part.pools),
    stopped: parts.flatMap((part) => part.stopped),
    configured: joinKnown(parts.map((part) => part.configured)),
    version: joinVersions(parts.map((part) => part.version)),
  };
}

/** Returns the union of the parts; `'unknown'` if a part is unknown. */
function joinKnown(parts: readonly Observations['configured'][]): Observations['configured'] {
  const joined = new Set<string>();
  for (const part of parts) {
    if (part === 'unknown') return 'unknown';
    for (const listener of part) joined.add(listener);
  }
  return joined;
}

/** Returns 3 (API 1.0) if a part has version 3, else 1 (API 0.5) if a part has version 1; undefined if no part has one. */
function joinVersions(parts: readonly Observations['version'][]): HeartbeatVersion | undefined {
  if (parts.includes(3)) return 3;
  return parts.includes(1) ? 1 : undefined;
}
