import type { Difference } from './difference.ts';

/** Which differences a part of a look covers. */
export interface Coverage {
  /** values of `Difference.kind` */
  readonly kinds: readonly string[];
  /** undefined: the objects of every lock */
  readonly lock: string | undefined;
  /** undefined: every object */
  readonly object: string | undefined;
}

/** A part that a look did not see. Nothing new is known about the differences that it covers. */
export interface UnseenPart extends Coverage {
  /** why the look at it failed; undefined: it did not fail, the part can't be judged now: a request works on it, for example */
  readonly reason: string | undefined;
}

/** A part that each look failed to see since a time, in milliseconds of a clock that never jumps. */
export interface TrackedUnseen extends Coverage {
  readonly reason: string;
  readonly sinceMs: number;
}

/** Returns whether one of the parts covers a difference. */
export const isUnseen = (
  parts: readonly Coverage[],
  { kind, lock, object }: Pick<Difference, 'kind' | 'lock' | 'object'>,
): boolean =>
  parts.some(
    (part) =>
      part.kinds.includes(kind) &&
      (part.lock === undefined || part.lock === lock) &&
      (part.object === undefined || part.object === object),
  );

/**
 * Returns the parts that are unseen after a look. A look sees again what it covers; what an operation held was left out of it.
 * @param look the kinds that were looked at, the lock to which the look was restricted, and what it failed to see
 */
export function afterUnseen(
  known: readonly TrackedUnseen[],
  look: Pick<Coverage, 'kinds' | 'lock'> & { readonly unseen: readonly UnseenPart[] },
  now: number,
  isBusy: (lock: string) => boolean,
): TrackedUnseen[] {
  const isKept = ({ kinds, lock }: Coverage): boolean => {
    if (!kinds.some((kind) => look.kinds.includes(kind))) return true;
    if (look.lock !== undefined && look.lock !== lock) return true;
    return lock !== undefined && isBusy(lock);
  };
  const reasons = new Map(look.unseen.map((part) => [coverageKey(part), part.reason]));
  const sinceOf = (part: Coverage): number =>
    known.find((one) => coverageKey(one) === coverageKey(part))?.sinceMs ?? now;
  return [
    ...known.filter((one) => {
      const key = coverageKey(one);
      // a part that was not judged stays as it was
      return reasons.has(key) ? reasons.get(key) === undefined : isKept(one);
    }),
    ...look.unseen.flatMap(({ reason, ...part }) =>
      reason === undefined ? [] : [{ ...part, reason, sinceMs: sinceOf(part) }],
    ),
  ];
}

/** Returns the parts that were seen before, or that were unseen for another reason. */
export const newlyUnseen = (
  before: readonly TrackedUnseen[],
  after: readonly TrackedUnseen[],
): readonly TrackedUnseen[] => {
  const keys = new Set(before.map((part) => `${coverageKey(part)} ${part.reason}`));
  return after.filter((part) => !keys.has(`${coverageKey(part)} ${part.reason}`));
};

const coverageKey = ({ kinds, lock, object }: Coverage): string => JSON.stringify([kinds, lock, object]);
