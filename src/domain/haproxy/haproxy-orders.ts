import { isRecord } from '../text/json-shapes.ts';
import { type WantedState, wantedStateIn } from '../wanted-state.ts';

/** What controllers ordered of one load balancer. */
export interface HaproxyOrders {
  /** undefined before the first start, and when another agent ordered it */
  readonly wanted: WantedState | undefined;
  /**
   * md5 of the configurations that the agent stored last, by an upload or a rollback, the newest first. There are two, because
   * the newest is noted before it is stored.
   */
  readonly stored: readonly string[];
  /** md5 of the stored configuration once somebody ordered haproxy to run it; undefined after another one was stored */
  readonly ordered: string | undefined;
}

const KEPT = 2;

export const NO_ORDERS: HaproxyOrders = { wanted: undefined, stored: [], ordered: undefined };

/** Writes the text of the file. */
export const serialiseHaproxyOrders = (orders: HaproxyOrders): string => `${JSON.stringify(orders)}\n`;

/** @returns NO_ORDERS for a text that isn't a complete record, and without a text */
export function parseHaproxyOrders(text: string | undefined): HaproxyOrders {
  if (text === undefined) return NO_ORDERS;
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value)) return NO_ORDERS;
    const { wanted, stored, ordered } = value;
    if (!Array.isArray(stored)) return NO_ORDERS;
    return {
      wanted: wantedStateIn(wanted),
      stored: stored.filter((md5): md5 is string => typeof md5 === 'string'),
      ordered: typeof ordered === 'string' ? ordered : undefined,
    };
  } catch {
    return NO_ORDERS;
  }
}

/** Notes a configuration that is about to be stored. Nobody has ordered haproxy to run it yet. */
export const withStored = (orders: HaproxyOrders, md5: string): HaproxyOrders => ({
  ...orders,
  stored: [md5, ...orders.stored.filter((earlier) => earlier !== md5)].slice(0, KEPT),
  ordered: undefined,
});

/**
 * Returns whether haproxy was ordered to run the stored configuration, whether it did or not. A configuration from the time before
 * this agent kept notes may have been ordered, so it counts.
 */
export const isOrdered = (md5: string, { stored, ordered }: HaproxyOrders): boolean =>
  ordered === undefined ? stored.length === 0 : ordered === md5;

/**
 * Who stored a configuration. `agent`: this agent, for a controller; `hand`: somebody beside it; `unknown`: it was there before
 * this agent kept notes.
 */
export type TextOrigin = 'agent' | 'hand' | 'unknown';

export function originOf(md5: string, { stored }: HaproxyOrders): TextOrigin {
  if (stored.length === 0) return 'unknown';
  return stored.includes(md5) ? 'agent' : 'hand';
}
