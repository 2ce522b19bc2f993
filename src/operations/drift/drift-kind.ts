import type { Difference } from '../../domain/drift/difference.ts';
import type { Coverage } from '../../domain/drift/unseen.ts';
import type { OperationContext } from '../context.ts';

/** A difference that an observation found, and the repair as an action. */
export interface FoundDifference {
  readonly difference: Difference;
  /**
   * Does what `difference.repair` says. It runs while the agent holds the lock `difference.lock`, so it must not take that
   * lock. It runs once for all differences of the object with the same `difference.repair`. undefined exactly when
   * `difference.repair` is undefined.
   * @param due the differences that are due, all with this repair: a repair that can take them one by one leaves the others for a
   *   later look. default: all
   */
  readonly repair: ((due?: readonly Difference[]) => Promise<void>) | undefined;
}

/** A repair: what it does, for a person, and the action. */
export interface Repair {
  readonly text: string;
  /** @param due as FoundDifference.repair takes it */
  readonly run: (due?: readonly Difference[]) => Promise<unknown>;
}

/** @param repair undefined: the difference is only reported */
export const foundDifference = (
  difference: Omit<Difference, 'repair'>,
  repair: Repair | undefined,
): FoundDifference => ({
  difference: { ...difference, repair: repair?.text },
  repair: repair && (async (due) => void (await repair.run(due))),
});

/**
 * Kinds of drift that one observation finds. To add one: write a module that exports it, name it in
 * operations/drift/drift-kinds.ts, and add a row to docs/drift.md.
 */
export interface DriftKind {
  /** values of `Difference.kind` that it finds */
  readonly kinds: readonly string[];
  /**
   * Compares what the amphora should have with what it has. Changes nothing, takes no lock, and is cheap: it runs each minute.
   * @param lock restricts the observation to objects with this lock; undefined: all objects
   * @param onUnseen takes a part that fails or can't be judged, so that the others are still compared
   * @throws any error, when it can't compare; the differences that are known stay then. Without `onUnseen`, the first failure of a
   *   part
   */
  observe(
    context: OperationContext,
    lock: string | undefined,
    onUnseen?: OnUnseen,
  ): Promise<readonly FoundDifference[]>;
}

/**
 * Takes a part of which an observation learns nothing. Its differences stay as they were.
 * @param failure undefined: nothing failed, the part can't be judged now: a request works on it, or it has just been started
 */
export type OnUnseen = (part: Coverage, failure: { readonly error: unknown } | undefined) => void;

/** One part of an observation, whose failure leaves the others as they are. */
export interface ObservedPart extends Coverage {
  /** @returns undefined when the part can't be judged now */
  observe(): Promise<readonly FoundDifference[] | undefined>;
}

/** Observes the parts one after another. @throws the first failure of a part, without `onUnseen` */
export async function observeParts(
  parts: readonly ObservedPart[],
  onUnseen: OnUnseen = rethrow,
): Promise<FoundDifference[]> {
  const found: FoundDifference[] = [];
  for (const { observe, kinds, lock, object } of parts) {
    const part = { kinds, lock, object };
    let seen: readonly FoundDifference[] | undefined;
    try {
      seen = await observe();
    } catch (error) {
      onUnseen(part, { error });
      continue;
    }
    if (seen === undefined) onUnseen(part, undefined);
    else found.push(...seen);
  }
  return found;
}

/** The `onUnseen` of an observation that has none. */
export const rethrow: OnUnseen = (_part, failure) => {
  if (failure !== undefined) throw failure.error;
};
