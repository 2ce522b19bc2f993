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

/** What the agent has told its controllers about already. */
export interface CounterBook {
  /** by listener id */
  readonly told: ReadonlyMap<string, TrafficCounters>;
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
export function trafficSince(book: CounterBook, listener: string, current: TrafficCounters): TrafficCounters {
  const isLost = book.lost === 'all' || book.lost.has(listener);
  const previous = book.told.get(listener) ?? (isLost ? current : NO_TRAFFIC);
  return {
    bin: countDelta(previous.bin, current.bin),
    bout: countDelta(previous.bout, current.bout),
    ereq: countDelta(previous.ereq, current.ereq),
    stot: countDelta(previous.stot, current.stot),
  };
}

/**
 * The book after a message was sent.
 * @param reported counters that the message told about
 * @param existing every listener that a configuration still names; `'unknown'` forgets none
 */
export function bookAfter(
  book: CounterBook,
  reported: ReadonlyMap<string, TrafficCounters>,
  existing: ReadonlySet<string> | 'unknown',
): CounterBook {
  const stays = (listener: string): boolean => existing === 'unknown' || existing.has(listener);
  const told = new Map([...book.told].filter(([listener]) => stays(listener)));
  for (const [listener, counters] of reported) told.set(listener, counters);
  return { told, lost: stillLost(book.lost, told, existing) };
}

function stillLost(
  lost: CounterBook['lost'],
  told: ReadonlyMap<string, TrafficCounters>,
  existing: ReadonlySet<string> | 'unknown',
): CounterBook['lost'] {
  if (existing === 'unknown') return lost;
  const candidates = lost === 'all' ? [...existing] : [...lost].filter((listener) => existing.has(listener));
  return new Set(candidates.filter((listener) => !told.has(listener)));
}
