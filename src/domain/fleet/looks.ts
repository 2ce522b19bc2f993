/** The parts of `GET /status.json` that a comparison needs. An older agent lacks the optional ones. */
export interface ObservedStatus {
  readonly vips?: readonly { readonly address: string; readonly holder: string }[] | undefined;
  readonly load_balancers: readonly {
    readonly id: string;
    readonly state: string;
    readonly listeners: readonly ObservedListener[];
    readonly pools: readonly ObservedPool[];
  }[];
  readonly udp_and_sctp_listeners: readonly ObservedListener[];
  readonly heartbeats: {
    readonly sent: number;
    readonly failed: number;
    readonly seconds_since_last: number | null;
    readonly interval_seconds?: number | undefined;
  };
}

interface ObservedListener {
  readonly id: string;
  readonly status: string;
  readonly traffic?: { readonly sessions: readonly (number | null)[] } | null | undefined;
}

interface ObservedPool {
  readonly id: string;
  readonly listener: string;
  readonly status: string;
}

/** The parts of `GET /statistics` that a comparison needs. */
export interface ObservedStatistics {
  readonly time: string;
  readonly load_balancers: readonly ObservedCounters[];
  readonly udp_and_sctp_listeners: readonly ObservedCounters[];
}

interface ObservedCounters {
  readonly worker?: number | null | undefined;
  readonly listeners: readonly CountedListener[];
}

type Counter = number | null | undefined;

interface CountedListener {
  readonly id: string;
  readonly sessions_total: Counter;
  readonly errors: Counter;
  readonly responses_5xx?: Counter;
  readonly connection_errors?: Counter;
}

/** The kinds of errors that are compared, by their field in `GET /statistics`. */
export const ERROR_KINDS = ['errors', 'responses_5xx', 'connection_errors'] as const;
export type ErrorKind = (typeof ERROR_KINDS)[number];

/** Errors of each kind; null when nothing counts them. */
export type ErrorCounts = Readonly<Record<ErrorKind, number | null>>;

export interface ListenerLook {
  readonly id: string;
  readonly status: string;
  /** mean of the last minutes; null without a history */
  readonly sessionsPerSecond: number | null;
  /** since the start of the worker */
  readonly errorsPerSession: ErrorCounts;
}

/** How an amphora looks: what is kept of it until its upgrade has ended. */
export interface AmphoraLook {
  readonly vips: readonly { readonly address: string; readonly holder: string }[];
  /** `state` as in the status: `serves`, `silent`, `down` or `stopped` */
  readonly loadBalancers: readonly { readonly id: string; readonly state: string }[];
  readonly listeners: readonly ListenerLook[];
  /** `POOL of listener LISTENER` and status */
  readonly pools: readonly { readonly name: string; readonly status: string }[];
  readonly heartbeats: {
    readonly sent: number;
    readonly failed: number;
    readonly secondsSinceLast: number | null;
    readonly intervalSeconds: number | null;
  };
}

/** Ten minutes of slots. */
const RECENT_SLOTS = 20;

/** Returns how an amphora looks. */
export function lookOf(status: ObservedStatus, statistics: ObservedStatistics): AmphoraLook {
  const { load_balancers: balancers, udp_and_sctp_listeners: lvs, heartbeats } = status;
  const counted = new Map(
    allCounters(statistics).flatMap((one) => one.listeners.map((own) => [own.id, own])),
  );
  return {
    vips: (status.vips ?? []).map(({ address, holder }) => ({ address, holder })),
    loadBalancers: balancers.map(({ id, state }) => ({ id, state })),
    listeners: [...balancers.flatMap(({ listeners }) => listeners), ...lvs].map((one) => ({
      ...{ id: one.id, status: one.status, sessionsPerSecond: recentMean(one.traffic?.sessions ?? []) },
      errorsPerSession: errorsPerSession(counted.get(one.id)),
    })),
    pools: balancers.flatMap(({ pools }) =>
      pools.map(({ id, listener, status: own }) => ({ name: `${id} of listener ${listener}`, status: own })),
    ),
    heartbeats: {
      ...{ sent: heartbeats.sent, failed: heartbeats.failed },
      secondsSinceLast: heartbeats.seconds_since_last,
      intervalSeconds: heartbeats.interval_seconds ?? null,
    },
  };
}

/** Returns the counters alone, which take little memory. */
export const countersOf = (statistics: ObservedStatistics): ObservedStatistics => {
  const bare = (counters: readonly ObservedCounters[]): ObservedCounters[] =>
    counters.map(({ worker, listeners }) => ({
      worker,
      listeners: listeners.map(({ id, sessions_total, errors, responses_5xx, connection_errors }) => ({
        ...{ id, sessions_total, errors, responses_5xx, connection_errors },
      })),
    }));
  return {
    time: statistics.time,
    load_balancers: bare(statistics.load_balancers),
    udp_and_sctp_listeners: bare(statistics.udp_and_sctp_listeners),
  };
};

/** Returns a look whose traffic is not compared: hours later, it says nothing. */
export const withoutTraffic = (look: AmphoraLook): AmphoraLook => ({
  ...look,
  listeners: look.listeners.map((listener) => ({ ...listener, sessionsPerSecond: null })),
});

const allCounters = ({ load_balancers, udp_and_sctp_listeners }: ObservedStatistics): ObservedCounters[] => [
  ...load_balancers,
  ...udp_and_sctp_listeners,
];

function recentMean(rates: readonly (number | null)[]): number | null {
  const known = rates.slice(-RECENT_SLOTS).filter((rate) => rate !== null);
  return known.length === 0 ? null : known.reduce((sum, rate) => sum + rate, 0) / known.length;
}

function errorsPerSession(listener: CountedListener | undefined): ErrorCounts {
  const sessions = listener?.sessions_total ?? null;
  const share = (kind: ErrorKind): number | null => {
    const errors = listener?.[kind] ?? null;
    if (errors === null || sessions === null) return null;
    return sessions === 0 ? 0 : errors / sessions;
  };
  return byKind(share);
}

const byKind = (count: (kind: ErrorKind) => number | null): ErrorCounts => ({
  errors: count('errors'),
  responses_5xx: count('responses_5xx'),
  connection_errors: count('connection_errors'),
});

/** What the counters of a listener grew by between two looks. */
export interface Growth {
  readonly seconds: number;
  readonly sessions: number;
  readonly errors: ErrorCounts;
}

/**
 * Returns the growth of each listener's counters. Counters begin at 0 with each worker of haproxy, so a listener whose worker
 * was replaced between the two looks is missing.
 */
export function growthOf(first: ObservedStatistics, second: ObservedStatistics): ReadonlyMap<string, Growth> {
  const seconds = (Date.parse(second.time) - Date.parse(first.time)) / 1000;
  const earlier = new Map(
    allCounters(first).flatMap(({ worker, listeners }) =>
      listeners.map((own) => [own.id, { worker, own }] as const),
    ),
  );
  const growths = allCounters(second).flatMap(({ worker, listeners }) =>
    listeners.map((own): [string, Growth | undefined] => {
      const before = earlier.get(own.id);
      const isSame = before !== undefined && before.worker === worker && seconds > 0;
      return [own.id, isSame ? growth(before.own, own, seconds) : undefined];
    }),
  );
  return new Map(growths.flatMap(([id, one]) => (one === undefined ? [] : [[id, one] as const])));
}

function growth(first: CountedListener, second: CountedListener, seconds: number): Growth | undefined {
  const grown = (before: Counter, after: Counter): number | null =>
    before === null || before === undefined || after === null || after === undefined || after < before
      ? null
      : after - before;
  const sessions = grown(first.sessions_total, second.sessions_total);
  if (sessions === null) return undefined;
  return { seconds, sessions, errors: byKind((kind) => grown(first[kind], second[kind])) };
}
