import { describe, expect, it } from 'vitest';
import { type CounterBook, EMPTY_BOOK } from '../../../src/domain/heartbeat/counters.ts';
import { createReporter } from '../../../src/heartbeat/beat-report.ts';
import type { Observations } from '../../../src/heartbeat/sources/collect.ts';

const observedWith = (bin: number): Observations => ({
  listeners: [
    { id: 'L', status: 'OPEN', connections: 0, counters: { bin, bout: 0, ereq: 0, stot: 0, worker: 1 } },
  ],
  ...{ pools: [], stopped: [], configured: new Set(['L']), version: 3 },
});
const ALL = new Set(['L']);

describe('the report of a heartbeat', () => {
  it('has the traffic until its message was sent, then none, and is made once while nothing changes', () => {
    const reportOf = createReporter();
    const observed = observedWith(5);
    const bytes = (book: CounterBook) => reportOf(3, observed, book).content.listeners[0]?.traffic.bin;
    expect([bytes(EMPTY_BOOK), bytes(EMPTY_BOOK)]).toEqual([5, 5]);
    const book = reportOf(3, observed, EMPTY_BOOK).bookAfter(ALL);
    expect(bytes(book)).toBe(0);
    const last = reportOf(3, observed, book);
    expect(last.bookAfter(ALL)).toBe(book);
    expect(reportOf(3, observed, book)).toBe(last);
  });

  it('is another one for other observations, counters and versions', () => {
    const reportOf = createReporter();
    const observed = observedWith(5);
    const book = reportOf(3, observed, EMPTY_BOOK).bookAfter(ALL);
    expect(reportOf(3, observedWith(7), book).content.listeners[0]?.traffic.bin).toBe(2);
    expect(reportOf(1, observed, book).content.listeners[0]?.traffic.bin).toBe(5);
    expect(reportOf(3, observed, book).content.listeners[0]?.traffic.bin).toBe(0);
  });

  it('leaves the traffic of a listener for later that the message did not carry', () => {
    const report = createReporter()(3, observedWith(5), EMPTY_BOOK);
    expect(report.bookAfter(new Set()).reported.get('L')).toBeUndefined();
    expect(report.bookAfter(ALL).reported.get('L')?.bin).toBe(5);
  });
});
