import { describe, expect, it } from 'vitest';
import { OPTIONS } from '../../../../src/config/options.ts';
import { probeLimits, returnLimits, timeLeftMs } from '../../../../src/domain/upgrade/probe-limits.ts';

const DEFAULTS = {
  upgradeDeadline: Number(OPTIONS.upgradeDeadline.default),
  heartbeatInterval: Number(OPTIONS.heartbeatInterval.default),
};
/** Octavia's default of heartbeat_timeout. */
const HEARTBEAT_TIMEOUT_MS = 60_000;

describe('the time until the way back', () => {
  it('leaves half of the time until Octavia fails the amphora over to the way back, by default', () => {
    const { heartbeatMs } = probeLimits(DEFAULTS);
    expect(DEFAULTS.heartbeatInterval * 1000 + heartbeatMs).toBeLessThanOrEqual(HEARTBEAT_TIMEOUT_MS / 2);
  });

  it('ends sooner without a heartbeat than with other faults', () => {
    const limits = probeLimits({ ...DEFAULTS, upgradeDeadline: 600 });
    expect(timeLeftMs(limits, { ageMs: 20_000, isSilent: true })).toBe(0);
    expect(timeLeftMs(limits, { ageMs: 20_000, isSilent: false })).toBe(580_000);
  });

  it('never ends before a heartbeat is due', () => {
    expect(probeLimits({ upgradeDeadline: 10, heartbeatInterval: 60 })).toEqual({
      totalMs: 70_000,
      heartbeatMs: 120_000,
    });
    expect(probeLimits({ upgradeDeadline: 10, heartbeatInterval: 1 }).heartbeatMs).toBe(15_000);
  });

  it('is longer after the way back, when nothing else can be done', () => {
    expect(returnLimits(DEFAULTS)).toEqual({ totalMs: 120_000, heartbeatMs: 120_000 });
    expect(returnLimits({ ...DEFAULTS, upgradeDeadline: 600 }).totalMs).toBe(600_000);
  });
});
