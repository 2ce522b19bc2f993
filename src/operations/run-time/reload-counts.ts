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

/** The numbers of reloads since the start of the agent. */
export interface ReloadCounts {
  readonly avoided: Readonly<Partial<Record<AvoidedKind, number>>>;
  readonly needed: Readonly<Partial<Record<ReloadReason, number>>>;
}

/** Counts the reloads that were avoided, by kind, and those that were needed, by reason and result. */
export interface ReloadCounter {
  avoid(kind: AvoidedKind): void;
  need(reason: ReloadReason): void;
  end(result: ReloadResult, seconds: number): void;
  counts(): ReloadCounts;
  families(): MetricFamily[];
}

const DURATION = 'amphora_agent_reload_duration_seconds';

export function createReloadCounter(): ReloadCounter {
  const avoided: Partial<Record<AvoidedKind, number>> = {};
  const needed: Partial<Record<ReloadReason, number>> = {};
  const ended = new Map<ReloadResult, Durations>();
  return {
    avoid(kind) {
      avoided[kind] = (avoided[kind] ?? 0) + 1;
    },
    need(reason) {
      needed[reason] = (needed[reason] ?? 0) + 1;
    },
    end(result, seconds) {
      ended.set(result, withDuration(ended.get(result) ?? NO_DURATIONS, seconds));
    },
    counts: () => ({ avoided: { ...avoided }, needed: { ...needed } }),
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
