import type { DriftMode } from './difference.ts';
import { confirmedDifferences, type DriftMemory, repairsOf } from './drift-memory.ts';

/** A confirmed difference, as reports show it. */
export interface DriftItem {
  readonly kind: string;
  readonly object: string;
  readonly wanted: string;
  readonly seen: string;
  /** ISO 8601, UTC */
  readonly since: string;
  /** what a repair does; null: the agent only reports the difference */
  readonly repair: string | null;
  readonly weight: 'fault' | 'note';
  readonly repairs_last_hour: number;
  /** whether repairs have ended for an hour, because the differences of the object come back */
  readonly gave_up: boolean;
}

/** A part of the last look that failed, as reports show it. */
export interface UnseenItem {
  readonly kinds: readonly string[];
  /** what could not be looked at, for example the id of a load balancer; null: every object of the kinds */
  readonly object: string | null;
  readonly reason: string;
  /** ISO 8601, UTC */
  readonly since: string;
}

/** The body of `GET /drift`. */
export interface DriftReport {
  readonly mode: DriftMode;
  readonly interval_seconds: number;
  /** end of the last look that saw everything, in ISO 8601, UTC; null before it, and when the agent doesn't look */
  readonly checked_at: string | null;
  readonly items: readonly DriftItem[];
  /** what the last look failed to see. Items of it are those of an earlier look. */
  readonly unseen: readonly UnseenItem[];
}

/** Returns the confirmed differences, those since the longest time first. @param dateOf the date of a time of the memory */
export const driftItems = (memory: DriftMemory, dateOf: (ms: number) => Date): DriftItem[] =>
  confirmedDifferences(memory)
    .toSorted((one, other) => one.sinceMs - other.sinceMs)
    .map(({ difference, sinceMs }) => ({
      kind: difference.kind,
      object: difference.object,
      wanted: difference.wanted,
      seen: difference.seen,
      since: dateOf(sinceMs).toISOString(),
      repair: difference.repair ?? null,
      weight: difference.weight,
      repairs_last_hour: repairsOf(memory, difference.object),
      gave_up: difference.repair !== undefined && memory.gaveUp.has(difference.object),
    }));

/** Returns what the last look failed to see. @param dateOf the date of a time of the memory */
export const unseenItems = ({ unseen }: DriftMemory, dateOf: (ms: number) => Date): UnseenItem[] =>
  unseen.map(({ kinds, lock, object, reason, sinceMs }) => ({
    ...{ kinds, reason },
    object: object ?? lock ?? null,
    since: dateOf(sinceMs).toISOString(),
  }));

/** `unknown`: no difference is known, but no look that saw everything has ended, or the last look failed at a part. */
export type DriftResult = 'drift' | 'no drift' | 'unknown';

/** Returns what a report says of the amphora. @param report.unseen an older agent does not say it */
export function driftResult({
  items,
  checked_at,
  unseen = [],
}: {
  readonly items: readonly unknown[];
  readonly checked_at: string | null;
  readonly unseen?: readonly unknown[] | undefined;
}): DriftResult {
  if (items.length > 0) return 'drift';
  return checked_at === null || unseen.length > 0 ? 'unknown' : 'no drift';
}

/** Returns a part that the agent could not look at as one line of text. */
export const unseenLine = ({ kinds, object, reason }: Omit<UnseenItem, 'since'>): string =>
  `not looked at: ${kinds.join(', ')}${object === null ? '' : ` of ${object}`}: ${reason}`;

/** Returns an item as one line of text. */
export function driftLine({ kind, object, wanted, seen, since, repair, gave_up }: DriftItem): string {
  const remedy = repair === null ? '' : gave_up ? `; repairs ended: ${repair}` : `; repair: ${repair}`;
  return `drift of ${kind}, ${object}: wanted ${wanted}, seen ${seen}, since ${since}${remedy}`;
}
