import { ROLLBACK_RESULTS, type RollbackResult } from '../../domain/haproxy/rollback-result.ts';
import type { MetricFamily } from '../../domain/metrics/metric-family.ts';

/** Why the agent returns to an earlier configuration: the stored one does not run, or somebody asked for it. */
export type RollbackCause = 'failure' | 'request';

/** Counts rollbacks by cause and result. */
export interface RollbackCounts {
  add(cause: RollbackCause, result: RollbackResult): void;
  family(): MetricFamily;
}

interface Counted {
  readonly cause: RollbackCause;
  readonly result: RollbackResult;
  count: number;
}

export function createRollbackCounts(): RollbackCounts {
  // from the start: Prometheus sees no increase in a series that begins with 1
  const counts: Counted[] = [
    ...ROLLBACK_RESULTS.map((result) => ({ cause: 'failure', result, count: 0 }) as const),
    // a request that fails changes nothing, and is counted among the requests
    { cause: 'request', result: 'rolled back', count: 0 },
  ];
  return {
    add(cause, result) {
      const counted = counts.find((one) => one.cause === cause && one.result === result);
      if (counted !== undefined) counted.count += 1;
    },
    family: () => ({
      name: 'amphora_agent_rollbacks',
      help: 'Returns to an earlier configuration of haproxy.',
      type: 'counter',
      samples: counts.map(({ cause, result, count }) => ({ labels: { cause, result }, value: count })),
    }),
  };
}
