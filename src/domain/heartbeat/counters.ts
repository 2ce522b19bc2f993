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

/** Counters of a listener, by the workers of its haproxy: each counts for itself, from zero, from its start to its end. */
export interface WorkerCounters extends TrafficCounters {
  /** process id of the worker whose counters these are; absent where it isn't known */
  readonly worker?: number;
  /** by process id, workers that were replaced and finish their connections; absent where it isn't known */
  readonly draining?: ReadonlyMap<number, TrafficCounters>;
}

/** What the agent has told its controllers about already. */
export interface CounterBook {
  /** by listener id */
  readonly told: ReadonlyMap<string, WorkerCounters>;
  /**
   * Listeners whose last told counters are lost: these start from their current values, so that nothing is counted
   * twice. `'all'` until it is known which listeners there are.
   */
  readonly lost: ReadonlySet<string> | 'all';
}

export const NO_TRAFFIC: TrafficCounters = { bin: 0, bout: 0, ereq: 0, stot: 0 };
export const EMPTY_BOOK: CounterBook = { told: new Map(), lost: new Set() };

/** Growth of one counter. One that went down was reset, so all of its new value is growth (contract section 9). */
export const countDelta = (previous: number, current: number): number =>
  current >= previous ? current - previous : current;

/** Growth of a listener's counters since the last message; a listener never told about counts from zero. */
export function trafficSince(book: CounterBook, listener: string, now: WorkerCounters): TrafficCounters {
  const told = book.told.get(listener);
  if (told === undefined && isLost(book, listener)) return NO_TRAFFIC;
  return [...(now.draining ?? [])].reduce(
    (sum, [worker, counters]) => added(sum, growth(toldOfDraining(told, worker, counters), counters)),
    growth(toldOfCurrent(told, now.worker), now),
  );
}

const isLost = ({ lost }: CounterBook, listener: string): boolean => lost === 'all' || lost.has(listener);

/** A worker that is known to be another one than was told of counts from zero; otherwise only a counter that went down tells. */
function toldOfCurrent(told: WorkerCounters | undefined, worker: number | undefined): TrafficCounters {
  if (told === undefined) return NO_TRAFFIC;
  if (worker === undefined || told.worker === undefined || worker === told.worker) return told;
  return told.draining?.get(worker) ?? NO_TRAFFIC;
}

/** Where it isn't known which worker was told of, one that drains may be the one: it counts from now on. */
function toldOfDraining(
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

/** The four counters alone. */
export const countersOnly = ({ bin, bout, ereq, stot }: TrafficCounters): TrafficCounters => ({
  bin,
  bout,
  ereq,
  stot,
});

/**
 * The book after a message was sent.
 * @param reported counters that the message told about
 * @param existing every listener that a configuration still names; `'unknown'` forgets none
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
    told.set(listener, toldAfter(known, counters));
  }
  return { told, lost: stillLost(book.lost, told, existing) };
}

/**
 * Which worker it was is kept once all are known that the told counters may have come from. Of a worker that was replaced the
 * counters stay for the next message, which may be the first that finds it among the draining ones.
 * @param told undefined for a listener that counts from zero
 */
function toldAfter(told: WorkerCounters | undefined, now: WorkerCounters): WorkerCounters {
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
