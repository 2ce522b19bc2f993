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

/** The body of `GET /drift`. */
export interface DriftReport {
  readonly mode: DriftMode;
  readonly interval_seconds: number;
  /** end of the last look in ISO 8601, UTC; null before the first look, and when the agent doesn't look */
  readonly checked_at: string | null;
  readonly items: readonly DriftItem[];
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

/** Returns an item as one line of text. */
export function driftLine({ kind, object, wanted, seen, since, repair, gave_up }: DriftItem): string {
  const remedy = repair === null ? '' : gave_up ? `; repairs ended: ${repair}` : `; repair: ${repair}`;
  return `drift of ${kind}, ${object}: wanted ${wanted}, seen ${seen}, since ${since}${remedy}`;
}
