import type { ReloadReason } from '../../domain/run-time/other-lines.ts';

/** The kinds of reloads that the agent avoids. */
export type AvoidedKind = 'members' | 'certificates' | 'members and certificates' | 'identical';

/** The numbers of reloads since the start of the agent. */
export interface ReloadCounts {
  readonly avoided: Readonly<Partial<Record<AvoidedKind, number>>>;
  readonly needed: Readonly<Partial<Record<ReloadReason, number>>>;
}

/** Counts the reloads that were avoided, by kind, and those that were needed, by reason. */
export interface ReloadCounter {
  avoid(kind: AvoidedKind): void;
  need(reason: ReloadReason): void;
  counts(): ReloadCounts;
}

export function createReloadCounter(): ReloadCounter {
  const avoided: Partial<Record<AvoidedKind, number>> = {};
  const needed: Partial<Record<ReloadReason, number>> = {};
  return {
    avoid(kind) {
      avoided[kind] = (avoided[kind] ?? 0) + 1;
    },
    need(reason) {
      needed[reason] = (needed[reason] ?? 0) + 1;
    },
    counts: () => ({ avoided: { ...avoided }, needed: { ...needed } }),
  };
}
