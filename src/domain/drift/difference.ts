/** Whether the agent looks for drift, and what it does about it: the option `drift`. */
export type DriftMode = 'off' | 'report' | 'repair';

/**
 * A difference between what an object of the amphora should be and what it is. Two looks are compared by these texts, so
 * none of them may hold a value that changes by itself, such as a pid, a time or a counter.
 */
export interface Difference {
  /** for example `addresses`; docs/drift.md has a row for each kind */
  readonly kind: string;
  /** what is different, for example `eth1` or the id of a load balancer. The bound of repairs counts for one object. */
  readonly object: string;
  /** name of the object in the queue of operations: nothing is confirmed or repaired while an operation holds it */
  readonly lock: string;
  readonly wanted: string;
  readonly seen: string;
  /** what a repair does; undefined: the agent only reports the difference */
  readonly repair: string | undefined;
  /** `fault`: traffic may suffer, so the amphora is not ready; `note`: an engineer should know it */
  readonly weight: 'fault' | 'note';
}

/** Returns the identity of a difference. It stays the same from look to look. */
export const differenceKey = ({ kind, object, wanted, seen }: Difference): string =>
  JSON.stringify([kind, object, wanted, seen]);

/** Returns what one run of a repair covers: differences of one object with the same repair are repaired together. */
export const repairKey = ({ object, repair }: Difference): string => JSON.stringify([object, repair]);
