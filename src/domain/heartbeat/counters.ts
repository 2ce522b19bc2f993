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
  readonly reported: ReadonlyMap<string, WorkerCounters>;
  /**
   * Listeners whose reported counters are lost. They start from their current values, so that no traffic counts
   * twice. `'all'` until the agent knows which listeners exist.
   */
  readonly lost: ReadonlySet<string> | 'all';
}

export const NO_TRAFFIC: TrafficCounters = { bin: 0, bout: 0, ereq: 0, stot: 0 };
export const EMPTY_BOOK: CounterBook = { reported: new Map(), lost: new Set() };

/** Growth of one counter. A counter that went down was reset, so its whole new value is growth. */
export const countDelta = (previous: number, current: number): number =>
  current >= previous ? current - previous : current;

/** Returns the growth of a listener's counters since the last message. A listener that was never reported starts at zero. */
export function trafficSince(book: CounterBook, listener: string, now: WorkerCounters): TrafficCounters {
  const reported = book.reported.get(listener);
  if (reported === undefined && isLost(book, listener)) return NO_TRAFFIC;
  if (reported !== undefined && isSame(reported, now)) return NO_TRAFFIC;
  return [...(now.draining ?? [])].reduce(
    (sum, [worker, counters]) => added(sum, growth(reportedByDraining(reported, worker, counters), counters)),
    growth(reportedByCurrent(reported, now.worker), now),
  );
}

const isLost = ({ lost }: CounterBook, listener: string): boolean => lost === 'all' || lost.has(listener);

/**
 * Returns the reported counters of the current worker. A worker other than the reported one starts at zero. When a worker
 * is unknown, only a counter that went down reveals the change.
 */
function reportedByCurrent(
  reported: WorkerCounters | undefined,
  worker: number | undefined,
): TrafficCounters {
  if (reported === undefined) return NO_TRAFFIC;
  if (worker === undefined || reported.worker === undefined || worker === reported.worker) return reported;
  return reported.draining?.get(worker) ?? NO_TRAFFIC;
}

/**
 * Returns the reported counters of a draining worker. While the reported worker is unknown, it may be this one, so the
 * current counters count as reported.
 */
function reportedByDraining(
  reported: WorkerCounters | undefined,
  worker: number,
  current: TrafficCounters,
): TrafficCounters {
  if (reported === undefined) return NO_TRAFFIC;
  if (reported.worker === worker) return reported;
  return reported.draining?.get(worker) ?? (reported.worker === undefined ? current : NO_TRAFFIC);
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
 * Returns the book after a message was sent; the same book if nothing has changed.
 * @param sent counters in the message
 * @param existing every listener that a configuration still names; `'unknown'` drops no listener from the book
 */
export function bookAfter(
  book: CounterBook,
  sent: ReadonlyMap<string, WorkerCounters>,
  existing: ReadonlySet<string> | 'unknown',
): CounterBook {
  if (isUnchanged(book, sent, existing)) return book;
  const stays = (listener: string): boolean => existing === 'unknown' || existing.has(listener);
  const reported = new Map([...book.reported].filter(([listener]) => stays(listener)));
  for (const [listener, counters] of sent) {
    const known = book.reported.get(listener) ?? (isLost(book, listener) ? NO_TRAFFIC : undefined);
    reported.set(listener, reportedAfter(known, counters));
  }
  return { reported, lost: stillLost(book.lost, reported, existing) };
}

/** Whether a message changes nothing: the case of an amphora without traffic. */
function isUnchanged(
  { reported, lost }: CounterBook,
  sent: ReadonlyMap<string, WorkerCounters>,
  existing: ReadonlySet<string> | 'unknown',
): boolean {
  if (lost === 'all' || lost.size > 0 || reported.size !== sent.size) return false;
  for (const [listener, now] of sent) {
    const known = reported.get(listener);
    if (known === undefined || (existing !== 'unknown' && !existing.has(listener))) return false;
    if (!isSame(known, now)) return false;
  }
  return true;
}

/** Whether both are the same counters of one known worker, beside which none drains. */
const isSame = (known: WorkerCounters, now: WorkerCounters): boolean =>
  known.worker !== undefined &&
  known.worker === now.worker &&
  known.draining === undefined &&
  (now.draining === undefined || now.draining.size === 0) &&
  known.bin === now.bin &&
  known.bout === now.bout &&
  known.ereq === now.ereq &&
  known.stot === now.stot;

/**
 * Returns the reported counters of a listener after a message. The worker is recorded once every worker is known that the
 * counters may come from. The counters of a replaced worker stay for the next message, which may be the first that finds
 * this worker among the draining ones.
 * @param reported undefined for a listener that starts at zero
 */
function reportedAfter(reported: WorkerCounters | undefined, now: WorkerCounters): WorkerCounters {
  const { worker } = now;
  const isKnown = reported === undefined || reported.worker !== undefined || now.draining !== undefined;
  if (worker === undefined || !isKnown) return countersOnly(now);
  const draining = new Map(now.draining ?? reported?.draining);
  if (reported?.worker !== undefined && !draining.has(reported.worker))
    draining.set(reported.worker, countersOnly(reported));
  draining.delete(worker);
  return draining.size === 0 ? { ...countersOnly(now), worker } : { ...countersOnly(now), worker, draining };
}

function stillLost(
  lost: CounterBook['lost'],
  reported: CounterBook['reported'],
  existing: ReadonlySet<string> | 'unknown',
): CounterBook['lost'] {
  if (existing === 'unknown') return lost;
  const candidates = lost === 'all' ? [...existing] : [...lost].filter((listener) => existing.has(listener));
  return new Set(candidates.filter((listener) => !reported.has(listener)));
}
