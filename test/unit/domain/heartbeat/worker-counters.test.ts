import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bookAfter,
  type CounterBook,
  EMPTY_BOOK,
  NO_TRAFFIC,
  trafficSince,
  type WorkerCounters,
} from '../../../../src/domain/heartbeat/counters.ts';
import {
  LOST_BOOK,
  parseCounters,
  serialiseCounters,
} from '../../../../src/domain/heartbeat/counters-file.ts';

const counters = (bin: number) => ({ ...NO_TRAFFIC, bin });
const bookWith = (book: CounterBook, now: WorkerCounters): CounterBook =>
  bookAfter(book, new Map([['L', now]]), new Set(['L']));
const seen = (worker: number, bin: number, draining: Record<number, number> = {}): WorkerCounters => ({
  ...counters(bin),
  worker,
  draining: new Map(Object.entries(draining).map(([pid, count]) => [Number(pid), counters(count)])),
});
const unasked = (worker: number, bin: number): WorkerCounters => ({ ...counters(bin), worker });

describe('a listener whose haproxy was reloaded', () => {
  it('counts the remaining traffic of the previous worker once', () => {
    const first = bookWith(EMPTY_BOOK, seen(1, 100));
    expect(trafficSince(first, 'L', seen(2, 7, { 1: 130 })).bin).toBe(37);
    const second = bookWith(first, seen(2, 7, { 1: 130 }));
    expect(trafficSince(second, 'L', seen(2, 7, { 1: 131 })).bin).toBe(1);
    expect(trafficSince(second, 'L', seen(2, 8)).bin).toBe(1);
  });

  it('counts a new worker from zero, also if it has transferred more than the previous one', () => {
    expect(trafficSince(bookWith(EMPTY_BOOK, seen(1, 100)), 'L', seen(2, 150)).bin).toBe(150);
  });

  it('counts the traffic of a worker while the master did not answer', () => {
    const silent = bookWith(bookWith(EMPTY_BOOK, seen(1, 100)), unasked(2, 5));
    expect(trafficSince(silent, 'L', seen(2, 5, { 1: 120 })).bin).toBe(20);
  });

  it('counts a worker from its current values if its reported values are unknown', () => {
    const old = parseCounters('{"L":{"bin":100,"bout":0,"ereq":0,"stot":0}}');
    expect(trafficSince(old, 'L', seen(2, 7, { 1: 130 })).bin).toBe(7);
    expect(trafficSince(bookWith(old, seen(2, 7, { 1: 130 })), 'L', seen(2, 7, { 1: 131 })).bin).toBe(1);
    expect(trafficSince(bookWith(LOST_BOOK, unasked(2, 7)), 'L', seen(2, 7, { 1: 130 })).bin).toBe(0);
  });

  it('is not counted from zero again when it disappears and returns while a worker drains', () => {
    const gone = bookAfter(bookWith(EMPTY_BOOK, seen(1, 100)), new Map(), new Set(['L']));
    expect(trafficSince(gone, 'L', seen(3, 0, { 1: 110 })).bin).toBe(10);
  });
});

type Event =
  | { readonly kind: 'traffic'; readonly bytes: number; readonly which: number }
  | { readonly kind: 'beat'; readonly master: 'answers' | 'silent' | 'late'; readonly isKilled: boolean }
  | { readonly kind: 'reload' }
  | { readonly kind: 'restart' }
  | { readonly kind: 'agent restarts' }
  | { readonly kind: 'worker ends'; readonly which: number };

const events: fc.Arbitrary<Event[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant('traffic' as const), bytes: fc.nat(1000), which: fc.nat(9) }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('beat' as const),
        master: fc.constantFrom('answers' as const, 'silent' as const, 'late' as const),
        isKilled: fc.boolean(),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom('reload' as const, 'restart' as const, 'agent restarts' as const),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('worker ends' as const), which: fc.nat(9) }) },
  ),
  { maxLength: 80 },
);

/** One listener and its workers. All observed traffic of each must have been reported by some heartbeat. */
class World {
  book: CounterBook = EMPTY_BOOK;
  file: string | undefined;
  workers = [{ pid: 1, count: 0 }];
  lastPid = 1;
  /** the workers as the master knew them at the previous heartbeat */
  known = [...this.workers];
  readonly observed = new Map<number, number>();
  told = 0;
  lostMessages = 0;
  truth = 0;

  play(event: Event): void {
    if (event.kind === 'traffic') {
      const worker = this.workers[event.which % this.workers.length];
      if (worker !== undefined) worker.count += event.bytes;
      this.truth += event.bytes;
    } else if (event.kind === 'reload') this.workers.unshift({ pid: ++this.lastPid, count: 0 });
    else if (event.kind === 'restart') this.workers = [{ pid: ++this.lastPid, count: 0 }];
    else if (event.kind === 'worker ends') this.workers.splice(1 + event.which, 1);
    else if (event.kind === 'agent restarts') this.book = parseCounters(this.file);
    else this.beat(event.master, event.isKilled);
  }

  beat(master: 'answers' | 'silent' | 'late', isKilled: boolean): void {
    const [current, ...old] = this.workers;
    if (current === undefined) throw new Error('no worker');
    // the master answered late, before the last reload
    const draining = master === 'late' ? this.known.slice(1).filter((worker) => worker !== current) : old;
    const now = {
      ...unasked(current.pid, current.count),
      ...(master === 'silent'
        ? {}
        : { draining: new Map(draining.map(({ pid, count }) => [pid, counters(count)])) }),
    };
    for (const { pid, count } of master === 'silent' ? [current] : [current, ...draining])
      this.observed.set(pid, count);
    this.known = [...this.workers];
    const { bin } = trafficSince(this.book, 'L', now);
    expect(bin).toBeGreaterThanOrEqual(0);
    this.book = bookWith(this.book, now);
    this.file = serialiseCounters(this.book);
    if (isKilled) {
      this.lostMessages += bin;
      this.book = parseCounters(this.file);
    } else this.told += bin;
  }
}

describe('the reported traffic over reloads, restarts and kills', () => {
  it('is the observed traffic of every worker without the messages that a kill stopped', () => {
    fc.assert(
      fc.property(events, (happenings) => {
        const world = new World();
        for (const event of happenings) world.play(event);
        const observed = [...world.observed.values()].reduce((sum, count) => sum + count, 0);
        expect(world.told + world.lostMessages).toBe(observed);
        expect(world.told).toBeLessThanOrEqual(world.truth);
      }),
      { numRuns: 3000 },
    );
  });
});
