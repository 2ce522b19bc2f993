import { setTimeout as delay } from 'node:timers/promises';
import { type TrafficRates, trafficRates } from '../../domain/metrics/traffic-history.ts';
import type { OperationContext } from '../context.ts';

/** Returns the traffic of a listener in the last hour; null without a history. */
export type TrafficOf = (listener: string) => TrafficRates | null;

/** The heartbeat thread may hang. Then the status has no traffic. */
const ANSWER_MS = 500;

/** Gets the traffic of all listeners from the heartbeat thread. */
export async function trafficOfListeners({ recent }: Pick<OperationContext, 'recent'>): Promise<TrafficOf> {
  const waiting = new AbortController();
  const limit = delay(ANSWER_MS, [], { signal: waiting.signal }).catch(() => []);
  const histories = await Promise.race([recent.traffic(), limit]);
  waiting.abort();
  const series = new Map(
    histories.flatMap(({ present, series: own }) => own.map((one) => [one.id, { one, present }] as const)),
  );
  return (listener) => {
    const found = series.get(listener);
    return found === undefined ? null : trafficRates(found.one, found.present);
  };
}
