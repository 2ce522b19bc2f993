import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nextSlot, startSchedule } from '../../../../src/heartbeat/sending/schedule.ts';

describe('the next slot of a heartbeat', () => {
  it('follows the last one, however late the work of that one ended', () => {
    expect(nextSlot(0, 10, 0, 0.5)).toBe(10);
    expect(nextSlot(0, 10, 0, 9.9)).toBe(10);
  });

  it('leaves out the slots that have passed in the meantime', () => {
    expect(nextSlot(0, 10, 0, 35)).toBe(40);
  });

  it('is not the last one again when the timer fires early', () => {
    expect(nextSlot(0, 10, 20, 19.6)).toBe(30);
  });

  it('is always a whole number of intervals from the anchor, ahead of now, at most one interval ahead of both', () => {
    const moment = fc.integer({ min: 0, max: 1_000_000 });
    fc.assert(
      fc.property(
        moment,
        fc.integer({ min: 1, max: 60_000 }),
        fc.nat(1000),
        fc.nat(100_000),
        (anchor, interval, count, work) => {
          const last = anchor + count * interval;
          const now = last + work;
          const next = nextSlot(anchor, interval, last, now);
          expect((next - anchor) % interval).toBe(0);
          expect(next).toBeGreaterThan(now);
          expect(next - now).toBeLessThanOrEqual(interval);
        },
      ),
    );
  });
});

describe('the schedule of heartbeats', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] }));
  afterEach(() => void vi.useRealTimers());

  /** Runs a schedule and records when its heartbeats start. @param workMs the time that each heartbeat takes */
  function record(intervalMs: number, workMs: (beat: number) => number) {
    const begin = performance.now();
    const starts: number[] = [];
    const schedule = startSchedule(intervalMs, async () => {
      starts.push(Math.round(performance.now() - begin));
      await new Promise((resolve) => setTimeout(resolve, workMs(starts.length)));
    });
    return { schedule, starts };
  }

  it('reports once that a beat still runs when the next one is due, and leaves that one out', async () => {
    const begin = performance.now();
    const now = (): number => Math.round(performance.now() - begin);
    const [starts, overdue]: [number[], number[]] = [[], []];
    let end = (): void => undefined;
    const beat = async (): Promise<void> => {
      starts.push(now());
      if (starts.length === 2) await new Promise<void>((resolve) => (end = resolve));
    };
    const schedule = startSchedule(1000, beat, () => {
      overdue.push(now());
      setTimeout(end, 10);
    });
    await vi.advanceTimersByTimeAsync(5500);
    schedule.stop();
    expect(overdue).toEqual([2000]);
    expect(starts).toEqual([0, 1000, 3000, 4000, 5000]);
  });

  it('keeps one timer for a beat and the next one', async () => {
    const { schedule } = record(1000, () => 0);
    await vi.advanceTimersByTimeAsync(2500);
    const before = vi.getTimerCount();
    schedule.stop();
    expect([before, vi.getTimerCount()]).toEqual([1, 0]);
  });

  it('starts at once and keeps a fixed rate, however long a heartbeat takes', async () => {
    const { schedule, starts } = record(1000, (beat) => beat * 100);
    await vi.advanceTimersByTimeAsync(5500);
    schedule.stop();
    expect(starts).toEqual([0, 1000, 2000, 3000, 4000, 5000]);
  });

  it('skips the slots of a slow heartbeat and goes on at the old rate', async () => {
    const { schedule, starts } = record(1000, (beat) => (beat === 2 ? 2500 : 0));
    await vi.advanceTimersByTimeAsync(6500);
    schedule.stop();
    expect(starts).toEqual([0, 1000, 4000, 5000, 6000]);
  });

  it('is independent of a clock that jumps', async () => {
    const { schedule, starts } = record(1000, () => 0);
    await vi.advanceTimersByTimeAsync(1500);
    vi.setSystemTime(Date.now() + 365 * 86_400_000);
    await vi.advanceTimersByTimeAsync(1000);
    vi.setSystemTime(0);
    await vi.advanceTimersByTimeAsync(1000);
    schedule.stop();
    expect(starts).toEqual([0, 1000, 2000, 3000]);
  });

  it.each([
    ['a shorter interval counts from the last beat', 300, [0, 1000, 1500, 1800, 2100]],
    ['a longer one too', 2000, [0, 1000, 3000]],
  ])('%s', async (_title, changed, expected) => {
    const { schedule, starts } = record(1000, () => 0);
    await vi.advanceTimersByTimeAsync(1500);
    schedule.retime(changed);
    await vi.advanceTimersByTimeAsync(changed === 300 ? 700 : 2000);
    schedule.stop();
    expect(starts).toEqual(expected);
  });

  it('uses a new interval during a heartbeat', async () => {
    const { schedule, starts } = record(1000, () => 100);
    await vi.advanceTimersByTimeAsync(1050);
    schedule.retime(250);
    await vi.advanceTimersByTimeAsync(500);
    schedule.stop();
    expect(starts).toEqual([0, 1000, 1250, 1500]);
  });

  it('never starts a heartbeat after it was stopped, also during a heartbeat', async () => {
    const { schedule, starts } = record(1000, () => 100);
    await vi.advanceTimersByTimeAsync(1050);
    schedule.stop();
    await vi.advanceTimersByTimeAsync(5000);
    expect(starts).toEqual([0, 1000]);
  });
});
