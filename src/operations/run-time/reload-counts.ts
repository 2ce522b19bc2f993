import type { RollbackResult } from '../../domain/haproxy/rollback-result.ts';
import type { ReloadEvent, ReloadStatus } from '../../domain/health/amphora-status.ts';
import {
  type Durations,
  histogramSamples,
  type MetricFamily,
  NO_DURATIONS,
  withDuration,
} from '../../domain/metrics/metric-family.ts';
import type { ReloadReason } from '../../domain/run-time/other-lines.ts';
import { createRollbackCounts, type RollbackCounts } from './rollback-counts.ts';

/** The kinds of reloads that the agent avoids. */
export type AvoidedKind = 'members' | 'certificates' | 'members and certificates' | 'identical';

/** The result of a reload, and of the rollback of a failed one. */
export type ReloadOutcome =
  | { readonly result: 'done' }
  | { readonly result: 'failed'; readonly rollback: RollbackResult };

/** A reload that has ended. */
export type EndedReload = ReloadOutcome & {
  readonly loadBalancer: string;
  readonly seconds: number;
  readonly reason: ReloadReason;
  readonly detail: string;
};

/** Counts the reloads that were avoided, by kind, and those that were needed, by reason and result, and rollbacks. */
export interface ReloadCounter {
  avoid(loadBalancer: string, kind: AvoidedKind): void;
  need(reason: ReloadReason): void;
  end(ended: EndedReload): void;
  /** Counts a rollback. */
  readonly rollBack: RollbackCounts['add'];
  /** Returns the counts with the last reloads. */
  status(): ReloadStatus;
  families(): MetricFamily[];
}

const WHY_AVOIDED: Readonly<Record<AvoidedKind, string>> = {
  members: 'only members changed: haproxy took them over while it ran',
  certificates: 'only certificates changed: haproxy took them over while it ran',
  'members and certificates': 'only members and certificates changed: haproxy took them over while it ran',
  identical: 'nothing changed: haproxy runs this configuration',
};
/** The number of reloads that the status shows. */
const RECENT = 20;
const DURATION = 'amphora_agent_reload_duration_seconds';

export function createReloadCounter(): ReloadCounter {
  const avoided: Partial<Record<AvoidedKind, number>> = {};
  const needed: Partial<Record<ReloadReason, number>> = {};
  // from the start: Prometheus sees no increase in a series that begins with 1
  const ended = new Map<ReloadOutcome['result'], Durations>([
    ['done', NO_DURATIONS],
    ['failed', NO_DURATIONS],
  ]);
  const rollbacks = createRollbackCounts();
  const recent: ReloadEvent[] = [];
  const note = (event: Omit<ReloadEvent, 'time'>): void => {
    recent.unshift({ time: new Date().toISOString(), ...event });
    recent.splice(RECENT);
  };
  return {
    avoid(loadBalancer, kind) {
      avoided[kind] = (avoided[kind] ?? 0) + 1;
      const result = `avoided (${kind})`;
      note({ load_balancer: loadBalancer, result, detail: WHY_AVOIDED[kind], rollback: null });
    },
    need(reason) {
      needed[reason] = (needed[reason] ?? 0) + 1;
    },
    end({ loadBalancer, seconds, reason, detail, ...outcome }) {
      const { result } = outcome;
      ended.set(result, withDuration(ended.get(result) ?? NO_DURATIONS, seconds));
      const rollback = outcome.result === 'failed' ? outcome.rollback : null;
      const shown = `${result} (${reason})${rollback === null ? '' : `, ${rollback}`}`;
      note({ load_balancer: loadBalancer, result: shown, detail, rollback });
    },
    rollBack: rollbacks.add,
    status: () => ({ avoided: { ...avoided }, needed: { ...needed }, recent: [...recent] }),
    families: () => [
      counter(
        'amphora_agent_reloads_avoided',
        'Reloads of haproxy that a change at run time replaced.',
        'kind',
        avoided,
      ),
      counter('amphora_agent_reloads_needed', 'Reloads of haproxy by reason.', 'reason', needed),
      {
        name: DURATION,
        help: 'Seconds that a reload of haproxy took.',
        type: 'histogram',
        samples: [...ended].flatMap(([result, durations]) =>
          histogramSamples(DURATION, { result }, durations),
        ),
      },
      rollbacks.family(),
    ],
  };
}

const counter = (
  name: string,
  help: string,
  label: string,
  counts: Readonly<Record<string, number>>,
): MetricFamily => ({
  ...{ name, help, type: 'counter' },
  samples: Object.entries(counts).map(([value, count]) => ({ labels: { [label]: value }, value: count })),
});
