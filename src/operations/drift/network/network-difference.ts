import type { Difference } from '../../../domain/drift/difference.ts';
import { NETWORKS, type OperationContext } from '../../context.ts';
import { type FoundDifference, foundDifference, type Repair } from '../drift-kind.ts';

/** What observations of the network need. */
export type NetworkDriftContext = Pick<OperationContext, 'config' | 'paths' | 'host' | 'logger'>;

/** Returns a difference of the network, with its repair. @param repair undefined: it is only reported */
export const networkDifference = (
  difference: Omit<Difference, 'lock' | 'repair'>,
  repair: Repair | undefined,
): FoundDifference => foundDifference({ ...difference, lock: NETWORKS }, repair);
