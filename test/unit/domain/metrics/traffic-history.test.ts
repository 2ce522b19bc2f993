import { describe, expect, it } from 'vitest';
import {
  createTrafficRecorder,
  MOST_LISTENERS,
  SLOT_MS,
  SLOTS,
  trafficRates,
} from '../../../../src/domain/metrics/traffic-history.ts';

const growth = (bin: number) => ({ bin, bout: 2 * bin, ereq: 0, stot: bin / 10 });

/** Records growths at times in slots. @returns the rates of the listener at the last time */
function recorded(...records: readonly (readonly [slots: number, bin: number])[]) {
  const recorder = createTrafficRecorder();
  for (const [slots, bin] of records) recorder.record('L', growth(bin), slots * SLOT_MS);
  const { present, series } = recorder.history((records.at(-1)?.[0] ?? 0) * SLOT_MS);
  const [one] = series;
  if (one === undefined) throw new Error('no series');
  return trafficRates(one, present);
}

describe('the history of traffic', () => {
  it('has nothing after the first record, which sets the beginning', () => {
    expect(recorded([5, 1000])).toEqual({ bytes_in: [], bytes_out: [], sessions: [] });
  });

  it('has rates a second, also for a slot that is not over', () => {
    expect(recorded([0, 0], [0.5, 300])).toEqual({ bytes_in: [20], bytes_out: [40], sessions: [2] });
  });

  it('spreads a growth evenly over the time in which it came', () => {
    const { bytes_in: bytesIn } = recorded([0.5, 0], [1, 150], [3, 1200]);
    expect(bytesIn.slice(0, 3)).toEqual([10, 20, 20]);
  });

  it('keeps the last hour only', () => {
    const beats = Array.from({ length: 3 * SLOTS }, (_, index) => [index + 0.5, 30 * index] as const);
    const { bytes_in: bytesIn } = recorded(...beats);
    expect(bytesIn).toHaveLength(SLOTS);
    expect(bytesIn.at(-1)).toBe(3 * SLOTS - 1);
    expect(bytesIn.at(0)).toBe(2 * SLOTS + 0.5 + 0.5);
  });

  it('spreads a growth of more than an hour over the whole history', () => {
    const { bytes_in: bytesIn } = recorded([0, 0], [10 * SLOTS, 10 * SLOTS * 30]);
    expect(new Set(bytesIn.slice(0, -1))).toEqual(new Set([1]));
  });

  it('has null for the time after the last record', () => {
    const recorder = createTrafficRecorder();
    recorder.record('L', growth(0), 0);
    recorder.record('L', growth(30), SLOT_MS - 1);
    const { present, series } = recorder.history(3 * SLOT_MS);
    expect(series.map((one) => trafficRates(one, present).bytes_in)).toEqual([[1, null, null, null]]);
    const late = recorder.history(2 * SLOTS * SLOT_MS);
    expect(late.series.map((one) => trafficRates(one, late.present).bytes_in)).toEqual([[]]);
  });

  it('keeps a bounded number of listeners, and forgets those that are gone', () => {
    const recorder = createTrafficRecorder();
    for (let index = 0; index < MOST_LISTENERS + 5; index += 1) recorder.record(`L${index}`, growth(0), 0);
    expect(recorder.history(0).series).toHaveLength(MOST_LISTENERS);
    recorder.keepOnly(new Set(['L1', 'other']));
    expect(recorder.history(0).series.map(({ id }) => id)).toEqual(['L1']);
  });
});
