import { describe, expect, it } from 'vitest';
import { createPace, sendingMoment } from '../../../../src/heartbeat/sending/sending-moment.ts';

describe('the moment at which a patient heartbeat is sent', () => {
  const moment = (intervalMs: number, observed: number) =>
    sendingMoment({ intervalMs }, { due: 1000, ready: 1000 + observed }, true);

  it('is fixed, however long the answers of haproxy take', () => {
    expect([0, 40, 300].map((observed) => moment(1000, observed))).toEqual([1050, 1050, 1050]);
  });

  it('is half a second after it was due, if the interval is long', () => {
    expect(moment(60_000, 40)).toBe(1500);
  });

  it('is another fixed one if a haproxy did not answer before the deadline', () => {
    expect([499, 500, 520].map((observed) => moment(1000, observed))).toEqual([1550, 1550, 1550]);
    expect([5000, 5100].map((observed) => moment(10_000, observed))).toEqual([6500, 6500]);
  });
});

describe('the pace of heartbeats', () => {
  /** Returns how long after it was due each message is sent. @param took how long each beat takes, in ms */
  const sent = (took: readonly number[], intervalMs = 1000): number[] => {
    const pace = createPace();
    return took.map((ms, beat) => {
      const due = beat * intervalMs;
      const ready = due + ms;
      const moment = pace.moment({ intervalMs }, { due, ready });
      pace.onReady({ intervalMs }, { due, ready });
      return Math.max(moment, ready) - due;
    });
  };

  it('is that of beats that send at once while all are quick', () => {
    expect(sent([2, 3, 5, 1])).toEqual([2, 3, 5, 1]);
  });

  const times = (count: number, ms: number): number[] => Array(count).fill(ms);

  it('becomes patient with a slow beat, and stays so for twenty beats more', () => {
    expect(sent([2, 6, ...times(21, 1)])).toEqual([2, ...times(21, 50), 1]);
  });

  it('does not become patient with the first beat, which loads its code', () => {
    expect(sent([30, 1, 1])).toEqual([50, 1, 1]);
  });

  it('stays patient while a beat in twenty is slow', () => {
    expect(sent([1, 30, ...times(19, 1), 40, ...times(20, 1)])).toEqual([1, ...times(41, 50)]);
  });

  it.each([50, 1000, 3000, 10_000, 60_000])(
    'moves no message by more than a twentieth of an interval of %i ms',
    (intervalMs) => {
      const most = Math.max(intervalMs / 20, 5);
      const times = Array.from({ length: 200 }, (_, beat) => ((beat * 7919) % 100) * (most / 100));
      expect(Math.max(...sent(times, intervalMs))).toBeLessThanOrEqual(most);
    },
  );
});
