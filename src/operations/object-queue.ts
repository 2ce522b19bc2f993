import type { HoldLock } from '../host/locks.ts';

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
}

/** @param lock keeps other processes away from the object during an operation */
export function createObjectQueue(lock: HoldLock = (_object, use) => use()): ObjectQueue {
  const last = new Map<string, Promise<unknown>>();
  return {
    run(object, operation) {
      const previous = last.get(object) ?? Promise.resolve();
      const inTurn = () => lock(object, operation);
      const result = previous.then(inTurn, inTurn);
      const ended = result.then(noOp, noOp).then(() => {
        if (last.get(object) === ended) last.delete(object);
      });
      last.set(object, ended);
      return result;
    },
  };
}

const noOp = (): void => undefined;
