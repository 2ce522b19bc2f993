import type { ReloadEvent, ReloadStatus } from '../../domain/health/amphora-status.ts';
import {
  type Durations,
  histogramSamples,
  type MetricFamily,
  NO_DURATIONS,
  withDuration,
} from '../../domain/metrics/metric-family.ts';
import type { ReloadReason } from '../../domain/run-time/other-lines.ts';

/** The kinds of reloads that the agent avoids. */
export type AvoidedKind = 'members' | 'certificates' | 'members and certificates' | 'identical';

/** The result of a reload. A failed one was rolled back. */
export type ReloadResult = 'done' | 'failed';

/** A reload that has ended. */
export interface EndedReload {
  readonly loadBalancer: string;
  readonly result: ReloadResult;
  readonly seconds: number;
  readonly reason: ReloadReason;
  readonly detail: string;
}

/** Counts the reloads that were avoided, by kind, and those that were needed, by reason and result. */
export interface ReloadCounter {
  avoid(loadBalancer: string, kind: AvoidedKind): void;
  need(reason: ReloadReason): void;
  end(ended: EndedReload): void;
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
  const ended = new Map<ReloadResult, Durations>([
    ['done', NO_DURATIONS],
    ['failed', NO_DURATIONS],
  ]);
  const recent: ReloadEvent[] = [];
  const note = (event: Omit<ReloadEvent, 'time'>): void => {
    recent.unshift({ time: new Date().toISOString(), ...event });
    recent.splice(RECENT);
  };
  return {
    avoid(loadBalancer, kind) {
      avoided[kind] = (avoided[kind] ?? 0) + 1;
      note({ load_balancer: loadBalancer, result: `avoided (${kind})`, detail: WHY_AVOIDED[kind] });
    },
    need(reason) {
      needed[reason] = (needed[reason] ?? 0) + 1;
    },
    end({ loadBalancer, result, seconds, reason, detail }) {
      ended.set(result, withDuration(ended.get(result) ?? NO_DURATIONS, seconds));
      note({ load_balancer: loadBalancer, result: `${result} (${reason})`, detail });
    },
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
