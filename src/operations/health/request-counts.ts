import {
  type Durations,
  histogramSamples,
  type MetricFamily,
  NO_DURATIONS,
  withDuration,
} from '../../domain/metrics/metric-family.ts';

/** An answered request. */
export interface AnsweredRequest {
  readonly method: string;
  /** the path in the table of routes, such as `/1.0/info`; undefined for an unknown path */
  readonly route: string | undefined;
  /** `cut off` when the client did not wait for the answer */
  readonly status: number | 'cut off';
  readonly seconds: number;
}

/** Counts requests by route, method and status. The table of routes bounds the number of counts. */
export interface RequestCounts {
  add(request: AnsweredRequest): void;
  families(): MetricFamily[];
}

const COUNT = 'amphora_agent_requests';
const DURATION = 'amphora_agent_request_duration_seconds';
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'POST', 'DELETE']);

interface Counted {
  readonly labels: { readonly route: string; readonly method: string };
  durations: Durations;
  readonly statuses: Map<string, number>;
}

export function createRequestCounts(): RequestCounts {
  const counted = new Map<string, Counted>();
  return {
    add({ method, route, status, seconds }) {
      const labels = { route: route ?? 'unknown', method: METHODS.has(method) ? method : 'other' };
      const key = `${labels.method} ${labels.route}`;
      const entry = counted.get(key) ?? { labels, durations: NO_DURATIONS, statuses: new Map() };
      counted.set(key, entry);
      entry.durations = withDuration(entry.durations, seconds);
      entry.statuses.set(`${status}`, (entry.statuses.get(`${status}`) ?? 0) + 1);
    },
    families: () => [
      {
        name: COUNT,
        help: 'Requests to the agent.',
        type: 'counter',
        samples: [...counted.values()].flatMap(({ labels, statuses }) =>
          [...statuses].map(([status, value]) => ({ labels: { ...labels, status }, value })),
        ),
      },
      {
        name: DURATION,
        help: 'Seconds from the beginning of a request to the end of its answer.',
        type: 'histogram',
        samples: [...counted.values()].flatMap(({ labels, durations }) =>
          histogramSamples(DURATION, labels, durations),
        ),
      },
    ],
  };
}
