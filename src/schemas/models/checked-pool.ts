import { checkPoolEffects } from './checks/pool-effects.ts';
import { poolFields } from './pool.ts';

/** A pool of a load balancer, a listener or a policy. */
export const pool = poolFields.superRefine((given, context) =>
  checkPoolEffects(given, (path, message) => context.addIssue({ code: 'custom', path: [...path], message })),
);
