import type { z } from 'zod';
import type { L7PolicyModel } from '../l7/l7.ts';
import type { ListenerModel } from '../listener.ts';
import type { LoadBalancerModel } from '../load-balancer.ts';
import type { PoolModel } from '../pool.ts';

type Path = readonly PropertyKey[];

/** Replaces each pool id by the pool itself: a document may hold a pool in one place and name it in others. */
export function withPools(model: LoadBalancerModel, context: z.RefinementCtx): LoadBalancerModel {
  const pools = new Map(allPools(model).map((pool) => [pool.pool_id, pool]));
  const find = (inside: PoolModel | undefined, id: string | undefined, path: Path): PoolModel | undefined => {
    if (inside !== undefined && id !== undefined && inside.pool_id.toLowerCase() !== id.toLowerCase()) {
      context.addIssue({
        code: 'custom',
        path: [...path],
        message: `not the id of the pool in the same object`,
      });
    }
    if (id === undefined || inside !== undefined) return inside;
    const pool = pools.get(id);
    if (pool === undefined) {
      context.addIssue({ code: 'custom', path: [...path], message: `the document holds no pool ${id}` });
    }
    return pool;
  };
  const listeners = model.listeners.map((listener, index): ListenerModel => {
    const place = ['listeners', index];
    const policies = listener.l7policies.map((policy, policyIndex): L7PolicyModel => {
      const path = [...place, 'l7policies', policyIndex, 'redirect_pool_id'];
      return { ...policy, redirect_pool: find(policy.redirect_pool, policy.redirect_pool_id, path) };
    });
    const path = [...place, 'default_pool_id'];
    const standard = find(listener.default_pool, listener.default_pool_id, path);
    return { ...listener, l7policies: policies, default_pool: standard };
  });
  return { ...model, listeners, pools: [...pools.values()] };
}

const allPools = ({ pools, listeners }: LoadBalancerModel): PoolModel[] =>
  [
    ...pools,
    ...listeners.flatMap(({ default_pool, l7policies }) => [
      default_pool,
      ...l7policies.map(({ redirect_pool }) => redirect_pool),
    ]),
  ].filter((pool) => pool !== undefined);
