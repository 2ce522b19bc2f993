import type { Difference } from '../../domain/drift/difference.ts';
import { differenceKey, repairKey } from '../../domain/drift/difference.ts';
import {
  afterLockedLook,
  afterLook,
  afterOrderedRepairs,
  confirmedDifferences,
  decideRepairs,
  dueDifferences,
} from '../../domain/drift/drift-memory.ts';
import { isUnseen, newlyUnseen, type UnseenPart } from '../../domain/drift/unseen.ts';
import { reasonOf } from '../../errors.ts';
import type { OperationContext } from '../context.ts';
import type { DriftKind, FoundDifference, OnUnseen } from './drift-kind.ts';
import type { RepairResult } from './drift-state.ts';

/** What became of one confirmed difference after an order to repair. */
export interface RepairOutcome {
  readonly difference: Difference;
  /**
   * `gone`: it had ended before; `report only`: there is no repair for it; `not looked at`: a look at it failed, or a request
   * worked on it
   */
  readonly result: RepairResult | 'gone' | 'report only' | 'not looked at';
}

/**
 * Looks once at every object. Confirms each difference that an earlier look saw too, under the lock of its object, and
 * repairs it in mode `repair`. An object that an operation holds is left for the next look.
 * @param secondLookMs the least time between two looks that confirm a difference
 * @param mayRepair is asked before each repair, because the option may have changed during the look
 */
export async function lookForDrift(
  context: OperationContext,
  kinds: readonly DriftKind[],
  mode: 'report' | 'repair',
  secondLookMs: number,
  mayRepair: () => boolean = () => true,
): Promise<void> {
  const { drift, queue } = context;
  for (const kind of kinds) await observe(context, kind, undefined);
  const due = dueDifferences(drift.memory(), mode, drift.now(), secondLookMs);
  for (const [kind, lock, differences] of byLock(kinds, due)) {
    await queue.runIfFree(lock, () =>
      settle(context, kind, differences, {
        ...{ lock, isOrdered: false },
        mayRepair: () => mode === 'repair' && mayRepair(),
      }),
    );
  }
  if (drift.memory().unseen.length === 0) drift.checked();
}

/**
 * Repairs every confirmed difference now, without the bound of repairs. Waits for operations on the objects.
 * @param mayRepair is asked before each repair
 */
export async function repairConfirmed(
  context: OperationContext,
  kinds: readonly DriftKind[],
  mayRepair: () => boolean = () => true,
): Promise<RepairOutcome[]> {
  const { drift, queue } = context;
  const confirmed = confirmedDifferences(drift.memory()).map(({ difference }) => difference);
  const outcomes: RepairOutcome[] = [];
  for (const [kind, lock, differences] of byLock(kinds, confirmed)) {
    const options = { lock, isOrdered: true, mayRepair };
    outcomes.push(...(await queue.run(lock, () => settle(context, kind, differences, options))));
  }
  return outcomes;
}

function byLock(
  kinds: readonly DriftKind[],
  differences: readonly Difference[],
): (readonly [kind: DriftKind, lock: string, differences: Difference[]])[] {
  return kinds.flatMap((kind) => {
    const own = differences.filter((one) => kind.kinds.includes(one.kind));
    return [...Map.groupBy(own, ({ lock }) => lock)].map(([lock, some]) => [kind, lock, some] as const);
  });
}

/** Looks again under the lock, then repairs what may be repaired, and looks a last time. */
async function settle(
  context: OperationContext,
  kind: DriftKind,
  due: readonly Difference[],
  {
    lock,
    isOrdered,
    mayRepair,
  }: { readonly lock: string; readonly isOrdered: boolean; readonly mayRepair: () => boolean },
): Promise<RepairOutcome[]> {
  const { drift, logger } = context;
  const sight = await observe(context, kind, lock, due);
  const dueKeys = new Set(due.map(differenceKey));
  const seen = sight.found
    .map(({ difference }) => difference)
    .filter((one) => dueKeys.has(differenceKey(one)) && !isUnseen(sight.unseen, one));
  const tried = new Map<string, Error | undefined>();
  for (const together of Map.groupBy(seen, repairKey).values()) {
    if (!mayRepair()) break;
    const decision = decideRepairs(drift.memory(), together, drift.now(), { isOrdered });
    drift.change(() => decision.memory);
    for (const object of decision.givenUp)
      logger.error({ object }, 'drift comes back after each repair: it is only reported for an hour');
    for (const one of decision.repairs)
      tried.set(repairKey(one), await runRepair(context, sight.found, one, together));
  }
  const last = tried.size > 0 ? await observe(context, kind, lock) : sight;
  const outcomes = due.map((difference) => {
    const isNotLookedAt = [sight, last].some(({ unseen }) => isUnseen(unseen, difference));
    const result = isNotLookedAt ? 'not looked at' : outcomeOf(context, difference, sight.found, tried);
    return { difference, result };
  });
  if (isOrdered) drift.change((memory) => afterOrderedRepairs(memory, objectsOf(outcomes)));
  return outcomes;
}

/** Returns the objects of which something was repaired. */
const objectsOf = (outcomes: readonly RepairOutcome[]): string[] =>
  outcomes.filter(({ result }) => result === 'repaired').map(({ difference }) => difference.object);

/** Runs one repair. @param due the differences that it is for @returns the error with which it failed */
async function runRepair(
  { logger }: OperationContext,
  found: readonly FoundDifference[],
  one: Difference,
  due: readonly Difference[],
): Promise<Error | undefined> {
  try {
    await found.find(({ difference }) => differenceKey(difference) === differenceKey(one))?.repair?.(due);
    return undefined;
  } catch (error) {
    logger.error({ kind: one.kind, object: one.object, err: error }, 'repair of drift failed');
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Returns what became of a difference, and counts and logs a repair of it. */
function outcomeOf(
  { drift, logger }: OperationContext,
  difference: Difference,
  found: readonly FoundDifference[],
  tried: ReadonlyMap<string, Error | undefined>,
): RepairOutcome['result'] {
  const key = differenceKey(difference);
  // what a repair would do may have changed since the difference was due
  const current = found.find((one) => differenceKey(one.difference) === key)?.difference;
  if (current === undefined) return 'gone';
  if (current.repair === undefined || !tried.has(repairKey(current))) return 'report only';
  const { kind, object, wanted, seen, repair } = current;
  const isThere = drift.memory().tracked.has(key);
  const failure = tried.get(repairKey(current));
  const result = isThere ? (failure === undefined ? 'still there' : 'failed') : 'repaired';
  drift.count(kind, result);
  if (result === 'repaired') logger.warn({ kind, object, wanted, seen, repair }, 'drift repaired');
  else if (result === 'still there')
    logger.error({ kind, object, wanted, seen, repair }, 'drift is still there after its repair');
  return result;
}

/**
 * Observes, remembers what it found, and logs what is confirmed and what is gone.
 * @param lock restricts the look to the objects with this lock, which the caller holds
 * @param due differences that this look confirms, if it holds the lock
 * @returns what it found, and the parts that it did not see
 */
async function observe(
  context: OperationContext,
  kind: DriftKind,
  lock: string | undefined,
  due: readonly Difference[] = [],
): Promise<Sight> {
  const { drift, queue } = context;
  // a request that ends during the look was seen half done, too
  const locks = new Set([...drift.memory().tracked.values()].map(({ difference }) => difference.lock));
  const held = new Set([...locks].filter(queue.isBusy));
  const isBusy = (one: string): boolean => held.has(one) || queue.isBusy(one);
  const sight = await sightOf(context, kind, lock);
  const { kinds } = kind;
  const look = {
    ...{ kinds, lock, unseen: sight.unseen },
    differences: sight.found.map(({ difference }) => difference),
  };
  const before = drift.memory();
  drift.change((memory) =>
    lock === undefined
      ? afterLook(memory, look, drift.now(), isBusy)
      : afterLockedLook(memory, look, drift.now(), due),
  );
  logChanges(context, before);
  return sight;
}

/** What one observation found, and the parts that it did not see. */
interface Sight {
  readonly found: readonly FoundDifference[];
  readonly unseen: readonly UnseenPart[];
}

async function sightOf(context: OperationContext, kind: DriftKind, lock: string | undefined): Promise<Sight> {
  const unseen: UnseenPart[] = [];
  const onUnseen: OnUnseen = (part, failure) =>
    void unseen.push({ ...part, reason: failure && reasonOf(failure.error) });
  try {
    return { found: await kind.observe(context, lock, onUnseen), unseen };
  } catch (error) {
    const { kinds } = kind;
    return { found: [], unseen: [{ kinds, lock, object: undefined, reason: reasonOf(error) }] };
  }
}

function logChanges({ drift, logger }: OperationContext, before: ReturnType<typeof drift.memory>): void {
  const { tracked, unseen } = drift.memory();
  for (const { kinds, lock, object, reason } of newlyUnseen(before.unseen, unseen))
    logger.warn({ kinds, object: object ?? lock, reason }, 'drift not looked for: next attempt follows');
  for (const [key, { difference, isConfirmed }] of tracked) {
    if (!isConfirmed || before.tracked.get(key)?.isConfirmed === true) continue;
    const { kind, object, wanted, seen, repair } = difference;
    logger.warn({ kind, object, wanted, seen, repair }, 'drift found');
  }
  for (const { difference } of confirmedDifferences(before)) {
    if (tracked.has(differenceKey(difference))) continue;
    const { kind, object, wanted, seen } = difference;
    logger.info({ kind, object, wanted, seen }, 'drift ended');
  }
}
