import type { ListenerStatistics, PoolStatistics } from '../../domain/haproxy/statistics.ts';
import type { HeartbeatVersion } from '../../domain/heartbeat/heartbeat-message.ts';

/** What one kind of listener has to say in a message. */
export interface Observations {
  /** listeners that are known to work, and nothing guessed */
  readonly listeners: readonly ListenerStatistics[];
  readonly pools: readonly PoolStatistics[];
  /** listeners that are known not to run */
  readonly stopped: readonly string[];
  /** every listener that a configuration names, whatever state it is in, or a worker drains; `'unknown'` where one couldn't be read */
  readonly configured: ReadonlySet<string> | 'unknown';
  /** the message version that these listeners' controller speaks; undefined where they don't tell */
  readonly version: HeartbeatVersion | undefined;
}

/** One kind of listener: haproxy's, or the kernel's (LVS). */
export interface StatisticsSource {
  /** @param deadlineMs it must have resolved by then. Problems are logged, never thrown. */
  observe(deadlineMs: number): Promise<Observations>;
}

/** Asks all sources side by side and puts their observations together. */
export async function collect(
  sources: readonly StatisticsSource[],
  deadlineMs: number,
): Promise<Observations> {
  const parts = await Promise.all(sources.map((source) => source.observe(deadlineMs)));
  return {
    listeners: parts.flatMap((part) => part.listeners),
    pools: parts.flatMap((part) => part.pools),
    stopped: parts.flatMap((part) => part.stopped),
    configured: joinKnown(parts.map((part) => part.configured)),
    version: joinVersions(parts.map((part) => part.version)),
  };
}

/** The union; one unknown part makes the whole unknown. */
export function joinKnown(parts: readonly Observations['configured'][]): Observations['configured'] {
  const joined = new Set<string>();
  for (const part of parts) {
    if (part === 'unknown') return 'unknown';
    for (const listener of part) joined.add(listener);
  }
  return joined;
}

/** 1 once something came in through API 0.5 and nothing through 1.0 (issue "the whole contract"). */
export function joinVersions(parts: readonly Observations['version'][]): HeartbeatVersion | undefined {
  if (parts.includes(3)) return 3;
  return parts.includes(1) ? 1 : undefined;
}
