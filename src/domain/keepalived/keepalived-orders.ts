import { isRecord } from '../text/json-shapes.ts';
import { type WantedState, wantedStateIn } from '../wanted-state.ts';

/**
 * Whether a keepalived should run, which configuration it was ordered to run, and which one a process runs since then.
 * keepalived keeps its processes in a reload, so nothing in /proc shows it.
 */
export interface KeepalivedOrders {
  /** undefined in the notes of an earlier version of the agent */
  readonly wanted: WantedState | undefined;
  /** md5 of the configuration that was stored at the last start or reload */
  readonly ordered: string;
  /** the same, once keepalived had confirmed it, and the process */
  readonly applied: { readonly md5: string; readonly pid: number } | undefined;
}

/** Writes the text of the file. */
export const serialiseOrders = (orders: KeepalivedOrders): string => `${JSON.stringify(orders)}\n`;

/** @returns undefined for a text that isn't a complete record, and without a text */
export function parseOrders(text: string | undefined): KeepalivedOrders | undefined {
  const value = parsed(text);
  if (!isRecord(value) || typeof value['ordered'] !== 'string') return undefined;
  const { ordered, applied } = value;
  const wanted = wantedStateIn(value['wanted']);
  if (!isRecord(applied)) return { wanted, ordered, applied: undefined };
  const { md5, pid } = applied;
  const isComplete = typeof md5 === 'string' && typeof pid === 'number';
  return { wanted, ordered, applied: isComplete ? { md5, pid } : undefined };
}

function parsed(text = ''): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What decides which configuration a running keepalived has. Ages are in seconds. */
export interface KeepalivedFacts {
  /** md5 of the stored configuration */
  readonly stored: string;
  /** since the last change of the stored file, which may be a rename */
  readonly changeAge: number;
  readonly pid: number;
  /** since the start of the process */
  readonly processAge: number;
  readonly orders: KeepalivedOrders | undefined;
  /** since the last write of the orders */
  readonly ordersAge: number | undefined;
}

/**
 * `same`: it runs the stored configuration, or nothing shows that it doesn't. `interrupted`: a reload of the stored
 * configuration was ordered and never confirmed. `pending`: the stored configuration is newer, and no reload was ordered.
 */
export function textOfKeepalived(facts: KeepalivedFacts): 'same' | 'interrupted' | 'pending' {
  const { stored, orders } = facts;
  const running = runningText(facts);
  if (running === undefined || running === stored) return 'same';
  return orders?.ordered === stored ? 'interrupted' : 'pending';
}

/** @returns the md5 of the configuration that runs; undefined when it is unknown, for example after another agent's reload */
function runningText({
  stored,
  changeAge,
  pid,
  processAge,
  orders,
  ordersAge,
}: KeepalivedFacts): string | undefined {
  // a process that is younger than the file has read it at its start
  if (processAge < changeAge) return stored;
  const isSameProcess = orders?.applied?.pid === pid && ordersAge !== undefined && processAge >= ordersAge;
  return isSameProcess ? orders?.applied?.md5 : undefined;
}
