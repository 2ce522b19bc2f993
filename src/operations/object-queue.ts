import type { HoldLock, TryLock } from '../host/locks.ts';

/**
 * Runs operations on one object one after another, in the order of their calls. Operations on different objects run
 * concurrently.
 *
 * An operation may run another one on a further object, but only in this order, so that no two wait for each other:
 * 1. a load balancer or listener (its id), VRRP, NETWORKS or OWN_SETTINGS: never one of these inside another;
 * 2. inside an id or VRRP: CHECK_SCRIPTS, NAMESPACE or METRICS_PROXY (context.ts), which run no further operation.
 */
export interface ObjectQueue {
  /** Runs an operation after all earlier operations on this object. Resolves or rejects as the operation does. */
  run<Result>(object: string, operation: () => Promise<Result>): Promise<Result>;
  /**
   * As `run`, but joins the last operation on this object if it has the same kind and has not begun. Then it resolves or
   * rejects as that one does, and `operation` doesn't run. Never joins across an operation of another kind.
   * @param kind all operations of one kind on an object have the same effect and the same result
   */
  runOnce<Result>(object: string, kind: string, operation: () => Promise<Result>): Promise<Result>;
  /**
   * Runs an operation at once, if no other one on this object runs or waits, in any process. Operations that come later wait
   * for it. @returns undefined when the object is busy; the operation has not run then
   */
  runIfFree<Result>(
    object: string,
    operation: () => Promise<Result>,
  ): Promise<{ readonly result: Result } | undefined>;
  /** Returns whether an operation of this process on the object runs or waits. */
  isBusy(object: string): boolean;
}

/** The last operation on one object. */
interface Last {
  readonly ended: Promise<unknown>;
  /** while the operation has not begun: its kind, and its result */
  waiting: { readonly kind: string; readonly result: Promise<unknown> } | undefined;
}

/**
 * @param lock keeps other processes away from the object during an operation
 * @param tryLock does the same for `runIfFree`
 */
export function createObjectQueue(
  lock: HoldLock = (_object, use) => use(),
  tryLock: TryLock = async (_object, use) => ({ result: await use() }),
): ObjectQueue {
  const lasts = new Map<string, Last>();
  const remember = (object: string, result: Promise<unknown>, waiting: Last['waiting']): Last => {
    const ended = result.then(noOp, noOp).then(() => {
      if (lasts.get(object) === last) lasts.delete(object);
    });
    const last: Last = { ended, waiting };
    lasts.set(object, last);
    return last;
  };
  const add = <Result>(object: string, kind: string | undefined, operation: () => Promise<Result>) => {
    const previous = lasts.get(object)?.ended ?? Promise.resolve();
    const begin = (): Promise<Result> => {
      last.waiting = undefined;
      return operation();
    };
    const inTurn = () => lock(object, begin);
    const result = previous.then(inTurn, inTurn);
    const last = remember(object, result, kind === undefined ? undefined : { kind, result });
    return result;
  };
  return {
    run: (object, operation) => add(object, undefined, operation),
    runOnce<Result>(object: string, kind: string, operation: () => Promise<Result>) {
      const waiting = lasts.get(object)?.waiting;
      // all operations of one kind have the same type of result
      if (waiting?.kind === kind) return waiting.result as Promise<Result>;
      return add(object, kind, operation);
    },
    runIfFree(object, operation) {
      if (lasts.has(object)) return Promise.resolve(undefined);
      const result = tryLock(object, operation);
      // the object is free again for a caller that has waited for the result
      return remember(object, result, undefined).ended.then(() => result);
    },
    isBusy: (object) => lasts.has(object),
  };
}

const noOp = (): void => undefined;
