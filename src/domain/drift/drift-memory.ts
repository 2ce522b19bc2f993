import { type Difference, differenceKey, repairKey } from './difference.ts';
import { afterUnseen, isUnseen, type TrackedUnseen, type UnseenPart } from './unseen.ts';

/** A difference that the last look saw. Times are in milliseconds of a clock that never jumps. */
export interface TrackedDifference {
  readonly difference: Difference;
  /** the first look that saw it */
  readonly sinceMs: number;
  /** seen by two looks, and once more while no operation could run on its object */
  readonly isConfirmed: boolean;
}

/** What the looks so far have found. Plain data: each function below returns the next one. */
export interface DriftMemory {
  /** by differenceKey */
  readonly tracked: ReadonlyMap<string, TrackedDifference>;
  /** times of the repairs in the last hour that nobody ordered, by object; the oldest is the first */
  readonly repairs: ReadonlyMap<string, readonly number[]>;
  /** objects whose differences come back after each repair: until an hour has passed, they are only reported */
  readonly gaveUp: ReadonlySet<string>;
  /** the parts in which the last look failed */
  readonly unseen: readonly TrackedUnseen[];
}

/** The differences that one look saw. */
export interface Look {
  /** the kinds that were looked at */
  readonly kinds: readonly string[];
  /** the lock to which the look was restricted; undefined: all objects */
  readonly lock: string | undefined;
  readonly differences: readonly Difference[];
  /** the parts that it did not see; default: none. Their differences stay as they were. */
  readonly unseen?: readonly UnseenPart[];
}

export const NO_DRIFT: DriftMemory = {
  tracked: new Map(),
  repairs: new Map(),
  gaveUp: new Set(),
  unseen: [],
};

/** The most repairs of one object in an hour. */
export const MOST_REPAIRS = 5;
const HOUR_MS = 3_600_000;

/**
 * Returns the memory after a look: what vanished is dropped, what is new is remembered and not yet confirmed. What concerns a
 * busy object, or a part that the look did not see, stays as it was.
 * @param isBusy whether an operation holds a lock, so that the look may have seen half of a change
 */
export function afterLook(
  memory: DriftMemory,
  look: Look,
  now: number,
  isBusy: (lock: string) => boolean = () => false,
): DriftMemory {
  const { unseen = [] } = look;
  const isLookedAt = (one: Difference): boolean =>
    look.kinds.includes(one.kind) &&
    (look.lock === undefined || look.lock === one.lock) &&
    !isUnseen(unseen, one);
  const seen = byKey(look.differences.filter(isLookedAt));
  const kept = [...memory.tracked]
    .filter(([key, { difference }]) => !isLookedAt(difference) || isBusy(difference.lock) || seen.has(key))
    // what a repair would do may have changed meanwhile
    .map(([key, one]) => [key, { ...one, difference: seen.get(key) ?? one.difference }] as const);
  const added = [...seen]
    .filter(([key, { lock }]) => !memory.tracked.has(key) && !isBusy(lock))
    .map(([key, difference]) => [key, { difference, sinceMs: now, isConfirmed: false }] as const);
  const next = {
    ...memory,
    tracked: new Map([...kept, ...added]),
    unseen: afterUnseen(memory.unseen, { ...look, unseen }, now, isBusy),
  };
  return withoutOldRepairs(next, now);
}

/**
 * Returns the memory after a look that held the lock: as afterLook(), and each difference that `due` named and that the look
 * saw is confirmed.
 */
export function afterLockedLook(
  memory: DriftMemory,
  look: Look,
  now: number,
  due: readonly Difference[],
): DriftMemory {
  const next = afterLook(memory, look, now);
  const tracked = new Map(next.tracked);
  const seen = due.filter((one) => !isUnseen(look.unseen ?? [], one));
  for (const key of seen.map(differenceKey)) {
    const one = tracked.get(key);
    if (one !== undefined) tracked.set(key, { ...one, isConfirmed: true });
  }
  return { ...next, tracked };
}

/**
 * Returns the differences that need a look under their lock: those which a second look saw, and in mode `repair` those that
 * may be repaired.
 * @param secondLookMs the time between the first and the second look
 */
export const dueDifferences = (
  memory: DriftMemory,
  mode: 'report' | 'repair',
  now: number,
  secondLookMs: number,
): Difference[] =>
  [...memory.tracked.values()]
    .filter(({ difference, sinceMs, isConfirmed }) =>
      isConfirmed
        ? mode === 'repair' && difference.repair !== undefined && !memory.gaveUp.has(difference.object)
        : now - sinceMs >= secondLookMs,
    )
    .map(({ difference }) => difference);

/** Returns whether a difference waits for its second look. */
export const hasUnconfirmed = ({ tracked }: DriftMemory): boolean =>
  [...tracked.values()].some(({ isConfirmed }) => !isConfirmed);

export const confirmedDifferences = ({ tracked }: DriftMemory): TrackedDifference[] =>
  [...tracked.values()].filter(({ isConfirmed }) => isConfirmed);

export const repairsOf = ({ repairs }: DriftMemory, object: string): number =>
  repairs.get(object)?.length ?? 0;

/** The decision about the repairs under one lock. */
export interface RepairDecision {
  readonly memory: DriftMemory;
  /** one difference for each repair to run */
  readonly repairs: readonly Difference[];
  /** objects that have had their last repair of this hour */
  readonly givenUp: readonly string[];
}

/**
 * Decides which confirmed differences are repaired now, each repair once, and counts the repairs. An object that had
 * MOST_REPAIRS repairs within an hour gets no further one.
 * @param options.isOrdered an engineer ordered the repair: the bound doesn't hold for it, and it isn't counted
 */
export function decideRepairs(
  memory: DriftMemory,
  due: readonly Difference[],
  now: number,
  { isOrdered }: { readonly isOrdered: boolean },
): RepairDecision {
  const keys = new Set(due.map(differenceKey));
  const confirmed = confirmedDifferences(memory)
    .map(({ difference }) => difference)
    .filter((one) => one.repair !== undefined && keys.has(differenceKey(one)));
  const counts = new Map(memory.repairs);
  const gaveUp = new Set(memory.gaveUp);
  const repairs: Difference[] = [];
  for (const one of new Map(confirmed.map((each) => [repairKey(each), each])).values()) {
    const times = counts.get(one.object) ?? [];
    if (isOrdered) repairs.push(one);
    else if (times.length >= MOST_REPAIRS) gaveUp.add(one.object);
    else {
      counts.set(one.object, [...times, now]);
      repairs.push(one);
    }
  }
  return {
    memory: { ...memory, repairs: counts, gaveUp },
    repairs,
    givenUp: [...gaveUp].filter((object) => !memory.gaveUp.has(object)),
  };
}

/**
 * Returns the memory after repairs that an engineer ordered: an object is not given up any more when nothing is left to repair on
 * it. The repairs before still count.
 * @param objects the objects on which the repairs ended something
 */
export function afterOrderedRepairs(memory: DriftMemory, objects: readonly string[]): DriftMemory {
  const left = confirmedDifferences(memory).filter(({ difference }) => difference.repair !== undefined);
  const isMended = (object: string): boolean =>
    objects.includes(object) && !left.some(({ difference }) => difference.object === object);
  return { ...memory, gaveUp: new Set([...memory.gaveUp].filter((object) => !isMended(object))) };
}

/** Returns the memory of an agent that does not look any more. The repairs before still count when it looks again. */
export const forgotten = ({ repairs }: DriftMemory): DriftMemory => ({ ...NO_DRIFT, repairs });

/** Forgets repairs after an hour. An object gets repairs again when it had less than MOST_REPAIRS in the last hour. */
function withoutOldRepairs(memory: DriftMemory, now: number): DriftMemory {
  const repairs = new Map(
    [...memory.repairs]
      .map(([object, times]) => [object, times.filter((time) => now - time < HOUR_MS)] as const)
      .filter(([, times]) => times.length > 0),
  );
  const gaveUp = new Set(
    [...memory.gaveUp].filter((object) => (repairs.get(object)?.length ?? 0) >= MOST_REPAIRS),
  );
  return { ...memory, repairs, gaveUp };
}

const byKey = (differences: readonly Difference[]): Map<string, Difference> =>
  new Map(differences.map((difference) => [differenceKey(difference), difference]));
