import type { DriftReport } from '../../domain/drift/drift-report.ts';
import { DriftOff } from '../../errors.ts';
import type { OperationContext } from '../context.ts';
import type { RepairOutcome } from './drift-look.ts';

/** Returns what the looks for drift have found. Looks at nothing itself. */
export function driftReport({ config, drift }: Pick<OperationContext, 'config' | 'drift'>): DriftReport {
  const { drift: mode, driftInterval } = config();
  return {
    mode,
    interval_seconds: driftInterval,
    checked_at: drift.checkedAt()?.toISOString() ?? null,
    items: drift.items(),
    unseen: drift.unseen(),
  };
}

/** One difference in the answer to an order to repair. */
export interface RepairedItem {
  readonly kind: string;
  readonly object: string;
  readonly wanted: string;
  readonly seen: string;
  readonly repair: string | null;
  readonly result: RepairOutcome['result'];
}

/**
 * Repairs once all drift that the looks have confirmed, in the modes `report` and `repair`. The bound of repairs in an hour
 * doesn't count. Waits for the operations that hold an object.
 * @throws DriftOff
 */
export async function repairDrift(context: OperationContext): Promise<RepairedItem[]> {
  if (context.config().drift === 'off') throw new DriftOff();
  const [{ repairConfirmed }, { DRIFT_KINDS }] = await Promise.all([
    import('./drift-look.ts'),
    import('./drift-kinds.ts'),
  ]);
  const mayRepair = (): boolean => context.config().drift !== 'off';
  const outcomes = await context.drift.inTurn(() => repairConfirmed(context, DRIFT_KINDS, mayRepair));
  return outcomes.map(({ difference: { kind, object, wanted, seen, repair }, result }) => ({
    ...{ kind, object, wanted, seen, result },
    repair: repair ?? null,
  }));
}
