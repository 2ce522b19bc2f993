/**
 * How the attempt to return to the configuration that ran last ended:
 * - `rolled back`: that one is stored again, and haproxy runs it
 * - `nothing to roll back to`: none has run yet, or the one that failed is the one that ran last
 * - `copy damaged`: the agent's copy of it is missing or damaged, so that the one that failed is still stored
 * - `does not run either`: it is stored again, and haproxy does not run it
 * - `not rolled back`: nothing was attempted, or the attempt failed, for example because the disk is full
 */
export const ROLLBACK_RESULTS = [
  'rolled back',
  'nothing to roll back to',
  'copy damaged',
  'does not run either',
  'not rolled back',
] as const;
export type RollbackResult = (typeof ROLLBACK_RESULTS)[number];
