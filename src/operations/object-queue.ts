import type { HoldLock } from '../host/locks.ts';

/**
 * Runs operations on one object in turn, in the order they came; operations on different objects side by side.
 *
 * An operation may run another one on a further object, in this order only, so that no two wait for each other:
 * 1. a load balancer or listener (its id), VRRP, NETWORKS or OWN_SETTINGS: never one of these inside another;
 * 2. inside an id or VRRP: CHECK_SCRIPTS, NAMESPACE or METRICS_PROXY (context.ts), which run nothing further.
 */
export interface ObjectQueue {
  /** Resolves or rejects as the operation does, once those queued before it on this object have ended. */
  run<Result>(object: string, operation: () => Promise<Result>): Promise<Result>;
}

/** @param lock keeps other processes away from an object meanwhile */
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
