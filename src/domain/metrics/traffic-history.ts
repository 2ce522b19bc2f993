import type { TrafficCounters } from '../heartbeat/counters.ts';

/** The length of a slot of the history, and the number of slots: one hour. */
export const SLOT_MS = 30_000;
export const SLOTS = 120;
/** The most listeners with a history. The history of one takes 2 kB. */
export const MOST_LISTENERS = 128;

const COLUMNS = 4;
const BYTES_IN = 0;
const BYTES_OUT = 1;
const SESSIONS = 2;
const OBSERVED_MS = 3;

/** The traffic of one listener in the last slots. It can be copied to another thread. */
export interface TrafficSeries {
  readonly id: string;
  /** number of the newest slot that has traffic; slot n begins at n × SLOT_MS */
  readonly newest: number;
  /** four numbers a slot: bytes in, bytes out, sessions, observed milliseconds. Slot n is at n modulo SLOTS. */
  readonly values: Float32Array;
}

/** The traffic of listeners until now. */
export interface TrafficHistory {
  /** number of the present slot */
  readonly present: number;
  readonly series: readonly TrafficSeries[];
}

/** Records the growth of counters. It keeps a fixed number of slots and a bounded number of listeners. */
export interface TrafficRecorder {
  /**
   * Adds what a listener's counters grew by since its last record. The growth is spread evenly over that time. The first
   * record only sets the beginning.
   * @param now monotonic time, in ms
   */
  record(id: string, growth: TrafficCounters, now: number): void;
  /** Forgets the other listeners. */
  keepOnly(ids: ReadonlySet<string>): void;
  history(now: number): TrafficHistory;
}

interface Recorded {
  until: number;
  newest: number;
  readonly values: Float32Array;
}

export function createTrafficRecorder(): TrafficRecorder {
  const recorded = new Map<string, Recorded>();
  return {
    record(id, growth, now) {
      const known = recorded.get(id);
      if (known !== undefined) return add(known, growth, now);
      if (recorded.size >= MOST_LISTENERS) return;
      const values = new Float32Array(SLOTS * COLUMNS);
      recorded.set(id, { until: now, newest: slotOf(now), values });
    },
    keepOnly(ids) {
      for (const id of recorded.keys()) if (!ids.has(id)) recorded.delete(id);
    },
    history: (now) => ({
      present: slotOf(now),
      series: [...recorded].map(([id, { newest, values }]) => ({ id, newest, values })),
    }),
  };
}

const slotOf = (time: number): number => Math.floor(time / SLOT_MS);
const placeOf = (slot: number): number => (slot % SLOTS) * COLUMNS;

function add(recorded: Recorded, growth: TrafficCounters, now: number): void {
  const { values, until } = recorded;
  const last = slotOf(now);
  for (let slot = Math.max(recorded.newest + 1, last - SLOTS + 1); slot <= last; slot += 1)
    values.fill(0, placeOf(slot), placeOf(slot) + COLUMNS);
  recorded.newest = last;
  recorded.until = now;
  if (now <= until) return;
  for (let slot = Math.max(slotOf(until), last - SLOTS + 1); slot <= last; slot += 1) {
    const observed = Math.min(now, (slot + 1) * SLOT_MS) - Math.max(until, slot * SLOT_MS);
    const share = observed / (now - until);
    const place = placeOf(slot);
    increase(values, place + BYTES_IN, growth.bin * share);
    increase(values, place + BYTES_OUT, growth.bout * share);
    increase(values, place + SESSIONS, growth.stot * share);
    increase(values, place + OBSERVED_MS, observed);
  }
}

function increase(values: Float32Array, place: number, amount: number): void {
  values[place] = (values[place] ?? 0) + amount;
}

/** Traffic a second in each slot, the oldest first. A slot without an observation has null. */
export interface TrafficRates {
  readonly bytes_in: readonly (number | null)[];
  readonly bytes_out: readonly (number | null)[];
  readonly sessions: readonly (number | null)[];
}

/** Returns the rates of a listener from its first observed slot until the present. @returns empty lists without a slot */
export function trafficRates({ newest, values }: TrafficSeries, present: number): TrafficRates {
  const slots = Array.from({ length: SLOTS }, (_, index) => present - SLOTS + 1 + index).map((slot) =>
    slot > newest || slot <= newest - SLOTS || slot < 0 ? 0 : placeOf(slot) + 1,
  );
  const observed = (place: number): number => (place === 0 ? 0 : (values[place - 1 + OBSERVED_MS] ?? 0));
  const first = slots.findIndex((place) => observed(place) > 0);
  const shown = first < 0 ? [] : slots.slice(first);
  const rates = (column: number, digits: number): (number | null)[] =>
    shown.map((place) => {
      const ms = observed(place);
      return ms > 0 ? Number((((values[place - 1 + column] ?? 0) * 1000) / ms).toFixed(digits)) : null;
    });
  return { bytes_in: rates(BYTES_IN, 0), bytes_out: rates(BYTES_OUT, 0), sessions: rates(SESSIONS, 2) };
}
