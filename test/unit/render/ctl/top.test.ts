import { describe, expect, it } from 'vitest';
import { topFrame, topLines } from '../../../../src/render/ctl/top.ts';
import { STATISTICS, STATUS } from '../../../support/ctl-facts.ts';

const FACTS = { status: STATUS, statistics: STATISTICS, previous: undefined };

/** The statistics two seconds before, with other bytes. */
const before = (bytes_in: number): typeof STATISTICS => ({
  ...STATISTICS,
  time: '2026-11-28T10:00:00.000Z',
  load_balancers: STATISTICS.load_balancers.map((one) => ({
    ...one,
    listeners: one.listeners.map((listener) => ({ ...listener, bytes_in })),
  })),
});

describe('the frame of top', () => {
  it('has the ready state, the reasons, heartbeats, reloads, memory, listeners and members', () => {
    const text = topLines(FACTS).join('\n');
    expect(text).toContain('amphora amp (host)  NOT READY');
    expect(text).toContain('! keepalived is down');
    expect(text).toContain('heartbeats 7 sent, 1 failed, last 2 s ago');
    expect(text).toContain('reloads 1 needed, 3 avoided, last T done');
    expect(text).toContain('memory 61.0 MiB');
    expect(text).toMatch(/^lsn +OPEN +3 +5 +- +- +0$/m);
    expect(text).toMatch(/^one +10\.0\.2\.21:80 +UP +1 +2 +0 +4 +L7OK 200$/m);
    expect(text).toMatch(/^udp +ACTIVE +- /m);
  });

  it('has the bytes a second since the frame before, and none after a reload', () => {
    const rates = (bytes: number) => topLines({ ...FACTS, previous: before(bytes) }).join('\n');
    expect(rates(2048)).toMatch(/^lsn +OPEN +3 +5 +1\.0 KiB +0 B/m);
    expect(rates(9999)).toMatch(/^lsn +OPEN +3 +5 +- +0 B/m);
  });

  it('says that a haproxy does not answer', () => {
    const load_balancers = STATISTICS.load_balancers.map((one) => ({ ...one, answers: false }));
    const text = topLines({ ...FACTS, statistics: { ...STATISTICS, load_balancers } }).join('\n');
    expect(text).toMatch(/^lb +NO ANSWER/m);
  });

  it('fits into the terminal, and says how many lines are missing', () => {
    const frame = topFrame(FACTS, { columns: 20, rows: 5 });
    expect(frame).toHaveLength(5);
    expect(Math.max(...frame.map((line) => line.length))).toBeLessThanOrEqual(20);
    expect(frame.at(-1)).toMatch(/^… \d+ more lines$/);
    expect(topFrame(FACTS, { columns: 500, rows: 500 })).toEqual(topLines(FACTS));
  });

  it('has no character that a terminal acts on', () => {
    const status = { ...STATUS, hostname: 'a\u001b[2J', reasons: ['b\u009b2J'] };
    const frame = topFrame({ ...FACTS, status }, { columns: 200, rows: 50 });
    expect(frame.join('')).not.toMatch(/\p{Cc}/u);
  });
});
