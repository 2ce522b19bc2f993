import { describe, expect, it } from 'vitest';
import { sendingMoment } from '../../../src/heartbeat/settings.ts';

describe('the moment at which a heartbeat is sent', () => {
  const moment = (intervalMs: number, observed: number) =>
    sendingMoment({ intervalMs }, 1000, 1000 + observed);

  it('is fixed, however long the answers of haproxy take', () => {
    expect([0, 40, 300].map((observed) => moment(1000, observed))).toEqual([1050, 1050, 1050]);
  });

  it('is another fixed one if a haproxy did not answer before the deadline', () => {
    expect([499, 500, 520].map((observed) => moment(1000, observed))).toEqual([1550, 1550, 1550]);
    expect([5000, 5100].map((observed) => moment(10_000, observed))).toEqual([6500, 6500]);
  });
});
