/** The counters of a listener since its haproxy started, named as haproxy names them. */
export interface TrafficCounters {
  /** bytes from clients */
  readonly bin: number;
  /** bytes to clients */
  readonly bout: number;
  /** request errors */
  readonly ereq: number;
  /** sessions */
  readonly stot: number;
}

/** Counters of a listener by worker of its haproxy. Each worker counts from zero at its start. */
export interface WorkerCounters extends TrafficCounters {
  /** process id of the worker that these counters belong to; absent when it is unknown */
  readonly worker?: number;
  /** counters of replaced workers that finish their connections, by process id; absent when they are unknown */
  readonly draining?: ReadonlyMap<number, TrafficCounters>;
}

/** The counters that the agent has already reported to its controllers. */
export interface CounterBook {
  /** by listener id */
  readonly told: ReadonlyMap<string, WorkerCounters>;
  /**
   * Listeners whose reported counters are lost. They start from their current values, so that no traffic counts
   * twice. `'all'` until the agent knows which listeners exist.
   */
  readonly lost: ReadonlySet<string> | 'all';
}

export const NO_TRAFFIC: TrafficCounters = { bin: 0, bout: 0, ereq: 0, stot: 0 };
export const EMPTY_BOOK: CounterBook = { told: new Map(), lost: new Set() };

/** Growth of one counter. A counter that went down was reset, so its whole new value is growth. */
export const countDelta = (previous: number, current: number): number =>
  current >= previous ? current - previous : current;

/** Returns the growth of a listener's counters since the last message. A listener that was never reported starts at zero. */
export function trafficSince(book: CounterBook, listener: string, now: WorkerCounters): TrafficCounters {
  const told = book.told.get(listener);
  if (told === undefined && isLost(book, listener)) return NO_TRAFFIC;
  return [...(now.draining ?? [])].reduce(
    (sum, [worker, counters]) => added(sum, growth(reportedByDraining(told, worker, counters), counters)),
    growth(reportedByCurrent(told, now.worker), now),
  );
}

const isLost = ({ lost }: CounterBook, listener: string): boolean => lost === 'all' || lost.has(listener);

/**
 * Returns the reported counters of the current worker. A worker other than the reported one starts at zero. When a worker
 * is unknown, only a counter that went down reveals the change.
 */
function reportedByCurrent(told: WorkerCounters | undefined, worker: number | undefined): TrafficCounters {
  if (told === undefined) return NO_TRAFFIC;
  if (worker === undefined || told.worker === undefined || worker === told.worker) return told;
  return told.draining?.get(worker) ?? NO_TRAFFIC;
}

/** Returns the reported counters of a draining worker, which may be the reported one while that is unknown: no growth. */
function reportedByDraining(
  told: WorkerCounters | undefined,
  worker: number,
  current: TrafficCounters,
): TrafficCounters {
  if (told === undefined) return NO_TRAFFIC;
  if (told.worker === worker) return told;
  return told.draining?.get(worker) ?? (told.worker === undefined ? current : NO_TRAFFIC);
}

const growth = (previous: TrafficCounters, current: TrafficCounters): TrafficCounters => ({
  bin: countDelta(previous.bin, current.bin),
  bout: countDelta(previous.bout, current.bout),
  ereq: countDelta(previous.ereq, current.ereq),
  stot: countDelta(previous.stot, current.stot),
});

const added = (one: TrafficCounters, other: TrafficCounters): TrafficCounters => ({
  bin: one.bin + other.bin,
  bout: one.bout + other.bout,
  ereq: one.ereq + other.ereq,
  stot: one.stot + other.stot,
});

/** Returns the four counters without the workers. */
export const countersOnly = ({ bin, bout, ereq, stot }: TrafficCounters): TrafficCounters => ({
  bin,
  bout,
  ereq,
  stot,
});

/**
 * Returns the book after a message was sent.
 * @param reported counters in the message
 * @param existing every listener that a configuration still names; `'unknown'` drops no listener from the book
 */
export function bookAfter(
  book: CounterBook,
  reported: ReadonlyMap<string, WorkerCounters>,
  existing: ReadonlySet<string> | 'unknown',
): CounterBook {
  const stays = (listener: string): boolean => existing === 'unknown' || existing.has(listener);
  const told = new Map([...book.told].filter(([listener]) => stays(listener)));
  for (const [listener, counters] of reported) {
    const known = book.told.get(listener) ?? (isLost(book, listener) ? NO_TRAFFIC : undefined);
    told.set(listener, reportedAfter(known, counters));
  }
  return { told, lost: stillLost(book.lost, told, existing) };
}

/**
 * Returns the reported counters of a listener after a message. The worker is recorded once every worker is known that the
 * counters may come from. The counters of a replaced worker stay for the next message, which may be the first that finds
 * this worker among the draining ones.
 * @param told undefined for a listener that starts at zero
 */
function reportedAfter(told: WorkerCounters | undefined, now: WorkerCounters): WorkerCounters {
  const { worker } = now;
  const isKnown = told === undefined || told.worker !== undefined || now.draining !== undefined;
  if (worker === undefined || !isKnown) return countersOnly(now);
  const draining = new Map(now.draining ?? told?.draining);
  if (told?.worker !== undefined && !draining.has(told.worker)) draining.set(told.worker, countersOnly(told));
  draining.delete(worker);
  return draining.size === 0 ? { ...countersOnly(now), worker } : { ...countersOnly(now), worker, draining };
}

function stillLost(
  lost: CounterBook['lost'],
  told: CounterBook['told'],
  existing: ReadonlySet<string> | 'unknown',
): CounterBook['lost'] {
  if (existing === 'unknown') return lost;
  const candidates = lost === 'all' ? [...existing] : [...lost].filter((listener) => existing.has(listener));
  return new Set(candidates.filter((listener) => !told.has(listener)));
}
