import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bookAfter,
  type CounterBook,
  countDelta,
  EMPTY_BOOK,
  trafficSince,
} from '../../../../src/domain/heartbeat/counters.ts';
import {
  LOST_BOOK,
  parseCounters,
  serialiseCounters,
} from '../../../../src/domain/heartbeat/counters-file.ts';

const counters = (bin: number) => ({ bin, bout: 2 * bin, ereq: 0, stot: bin });

describe('the growth of a counter', () => {
  it.each([
    [0, 5, 5],
    [5, 5, 0],
    [5, 8, 3],
    [5, 2, 2],
    [5, 0, 0],
  ])('from %i to %i is %i', (previous, current, growth) => {
    expect(countDelta(previous, current)).toBe(growth);
  });
});

describe('the counter book', () => {
  it('counts a listener that was never reported from zero', () => {
    expect(trafficSince(EMPTY_BOOK, 'L', counters(7))).toEqual(counters(7));
  });

  it('is the same book after a message that changes nothing, and only then', () => {
    const reported = { ...counters(7), worker: 42 };
    const book: CounterBook = { reported: new Map([['L', reported]]), lost: new Set() };
    const bookWith = (sent: object, existing: readonly string[] | 'unknown' = ['L'], known = book) =>
      bookAfter(
        known,
        new Map([['L', { ...reported, ...sent }]]),
        existing === 'unknown' ? existing : new Set(existing),
      );
    expect(bookWith({})).toBe(book);
    expect(bookWith({ draining: new Map() }, ['L', 'idle'])).toBe(book);
    expect(bookWith({}, 'unknown')).toBe(book);
    for (const change of [
      { bin: 8 },
      { bout: 0 },
      { ereq: 1 },
      { stot: 8 },
      { worker: 43 },
      { draining: new Map([[41, counters(1)]]) },
    ])
      expect(bookWith(change)).not.toEqual(book);
    expect(bookWith({}, [])).not.toBe(book);
    const drained: CounterBook = {
      ...book,
      reported: new Map([['L', { ...reported, draining: new Map([[41, counters(1)]]) }]]),
    };
    expect(bookWith({}, ['L'], drained)).not.toBe(drained);
    const lost: CounterBook = { ...book, lost: new Set(['other']) };
    expect(bookWith({}, ['L'], lost)).not.toBe(lost);
    expect(bookAfter(book, new Map(), new Set(['L']))).not.toBe(book);
  });

  it('counts a listener whose counters are lost from its current values', () => {
    expect(trafficSince(LOST_BOOK, 'L', counters(7))).toEqual(counters(0));
    const book = bookAfter(LOST_BOOK, new Map([['L', counters(7)]]), new Set(['L', 'silent']));
    expect(trafficSince(book, 'L', counters(9))).toEqual(counters(2));
    expect(trafficSince(book, 'silent', counters(50))).toEqual(counters(0));
    expect(trafficSince(book, 'made later', counters(3))).toEqual(counters(3));
  });

  it('stays lost until all listeners are known', () => {
    expect(bookAfter(LOST_BOOK, new Map(), 'unknown').lost).toBe('all');
  });

  it('forgets listeners that no configuration names', () => {
    const book = bookAfter(
      EMPTY_BOOK,
      new Map([
        ['gone', counters(1)],
        ['stays', counters(2)],
      ]),
      'unknown',
    );
    expect([...bookAfter(book, new Map(), new Set(['stays'])).reported.keys()]).toEqual(['stays']);
    expect([...bookAfter(book, new Map(), 'unknown').reported.keys()]).toEqual(['gone', 'stays']);
  });

  it('keeps the counters of a listener whose haproxy did not answer', () => {
    const book = bookAfter(EMPTY_BOOK, new Map([['L', counters(5)]]), new Set(['L']));
    const after = bookAfter(book, new Map(), new Set(['L']));
    expect(trafficSince(after, 'L', counters(6))).toEqual(counters(1));
  });
});

describe('the counters file', () => {
  it('returns the written counters', () => {
    const told = new Map([
      ['L', counters(3)],
      ['__proto__', counters(4)],
    ]);
    const book = { reported: told, lost: new Set(['silent']) };
    expect(parseCounters(serialiseCounters(book))).toEqual(book);
  });

  it('contains the counters of draining workers with their processes', () => {
    const told = new Map([['L', { ...counters(3), worker: 7, draining: new Map([[5, counters(2)]]) }]]);
    const text = serialiseCounters({ reported: told, lost: new Set() });
    expect(JSON.parse(text ?? '')).toEqual({
      L: { ...counters(3), worker: 7, draining: { 5: counters(2) } },
    });
    expect(parseCounters(text).reported).toEqual(told);
  });

  it.each([
    { worker: 'x' },
    { worker: -1 },
    { draining: {} },
    { worker: 1, draining: 7 },
    { worker: 1, draining: { 2: 7 } },
    { worker: 1, draining: { x: counters(1) } },
  ])('with %j in an entry loses that listener only', (broken) => {
    const text = JSON.stringify({ bad: { ...counters(1), ...broken }, good: counters(1) });
    expect(parseCounters(text)).toEqual({
      reported: new Map([['good', counters(1)]]),
      lost: new Set(['bad']),
    });
  });

  it('is not written if it is unknown whose counters are lost', () => {
    expect(serialiseCounters(LOST_BOOK)).toBeUndefined();
  });

  it('is read as the Python agent writes it', () => {
    const book = parseCounters('{"L": {"bin": 1, "bout": 2, "ereq": 3, "stot": 4}}');
    expect(book.reported.get('L')).toEqual({ bin: 1, bout: 2, ereq: 3, stot: 4 });
  });

  it('that is absent makes everything count from zero', () => {
    expect(parseCounters(undefined)).toEqual(EMPTY_BOOK);
  });

  it.each([
    ['empty', ''],
    ['truncated', '{"L": {"bin": 1, "bo'],
    ['no object', '[]'],
    ['null', 'null'],
    ['a number', '7'],
    ['binary', '\0\0\0'],
    ['huge', `{"L":"${'x'.repeat(5 * 1024 * 1024)}"}`],
  ])('that is %s makes everything count from its current value', (_what, text) => {
    expect(parseCounters(text)).toEqual(LOST_BOOK);
  });

  it.each(['7', 'null', '{}', '{"bin":1,"bout":1,"ereq":1}', '{"bin":"1","bout":1,"ereq":1,"stot":1}'])(
    'with the entry %s loses that listener only',
    (entry) => {
      const book = parseCounters(`{"bad":${entry},"good":{"bin":1,"bout":2,"ereq":0,"stot":1}}`);
      expect(book).toEqual({ reported: new Map([['good', counters(1)]]), lost: new Set(['bad']) });
    },
  );

  it.each(['-1', '1.5', '1e999', '1e300', 'true'])('refuses %s as a counter', (value) => {
    expect(parseCounters(`{"L":{"bin":${value},"bout":1,"ereq":1,"stot":1}}`).lost).toEqual(new Set(['L']));
  });

  it('never leads to a negative or a doubled delta, with any content', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), fc.nat(), (text, bin) => {
        const growth = trafficSince(parseCounters(text), 'L', counters(bin));
        expect(growth.bin).toBeGreaterThanOrEqual(0);
        expect(growth.bin).toBeLessThanOrEqual(bin);
      }),
    );
  });
});

describe('the counters over restarts of haproxy and of the agent', () => {
  type Event =
    | number
    | 'message'
    | 'haproxy restarts'
    | 'agent restarts'
    | 'agent restarts with a broken file';
  const events: fc.Arbitrary<Event[]> = fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.nat(1000) },
      { weight: 3, arbitrary: fc.constant('message' as const) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          'haproxy restarts' as const,
          'agent restarts' as const,
          'agent restarts with a broken file' as const,
        ),
      },
    ),
    { maxLength: 60 },
  );

  /** One listener whose real traffic is known. Numbers are bytes of traffic. */
  function play(happenings: readonly Event[]) {
    let book: CounterBook = EMPTY_BOOK;
    let file: string | undefined;
    let [counter, seen, told] = [0, 0, 0];
    const sums = { truth: 0, deltas: 0, tails: 0, overtaken: 0, gapsOfBrokenFiles: 0 };
    const sendMessage = (): void => {
      const current = { bin: counter, bout: 0, ereq: 0, stot: 0 };
      const delta = trafficSince(book, 'L', current).bin;
      expect(delta).toBeGreaterThanOrEqual(0);
      sums.deltas += delta;
      // A new haproxy that has counted further than the old one had looks as if it were the old one.
      const looksOld = seen < told && counter >= told;
      if (book.lost === 'all') sums.gapsOfBrokenFiles += counter - seen;
      else if (looksOld) sums.overtaken += told - seen;
      book = bookAfter(book, new Map([['L', current]]), new Set(['L']));
      file = serialiseCounters(book) ?? 'broken';
      seen = counter;
      told = counter;
    };
    const endHaproxy = (): void => {
      sums.tails += counter - seen;
      [counter, seen] = [0, 0];
    };
    const effects: Record<Exclude<Event, number>, () => void> = {
      message: sendMessage,
      'haproxy restarts': endHaproxy,
      'agent restarts': () => {
        book = parseCounters(file);
      },
      'agent restarts with a broken file': () => {
        book = LOST_BOOK;
      },
    };
    for (const happening of happenings) {
      if (typeof happening !== 'number') {
        effects[happening]();
        continue;
      }
      counter += happening;
      sums.truth += happening;
    }
    endHaproxy();
    return sums;
  }

  it('add up to the real traffic without the tails that no message contains', () => {
    fc.assert(
      fc.property(events, (happenings) => {
        const { truth, deltas, tails, overtaken, gapsOfBrokenFiles } = play(happenings);
        expect(deltas).toBe(truth - tails - overtaken - gapsOfBrokenFiles);
      }),
      { numRuns: 2000 },
    );
  });

  it('are neither lost nor doubled by a restart of the agent', () => {
    const agentOnly = fc.array(
      fc.oneof(fc.nat(1000), fc.constantFrom('message' as const, 'agent restarts' as const)),
    );
    fc.assert(
      fc.property(agentOnly, (happenings) => {
        const { truth, deltas } = play([...happenings, 'message']);
        expect(deltas).toBe(truth);
      }),
    );
  });
});
