/** How long an amphora may take until it is as before: milliseconds from the end of the last restart. */
export interface ProbeLimits {
  readonly totalMs: number;
  /** the time until the first heartbeat. Octavia fails an amphora over whose heartbeats are missing for too long */
  readonly heartbeatMs: number;
}

const MS_PER_SECOND = 1000;
/** A heartbeat that is just late. */
const LATE_SECONDS = 10;
const LEAST_HEARTBEAT_SECONDS = 15;
const LEAST_RETURN_SECONDS = 120;

/** Options of the agent, in seconds. */
interface LimitConfig {
  readonly upgradeDeadline: number;
  readonly heartbeatInterval: number;
}

/** Returns the limits after new packages were installed. What is not done within them causes the way back. */
export const probeLimits = ({ upgradeDeadline, heartbeatInterval }: LimitConfig): ProbeLimits => ({
  totalMs: Math.max(upgradeDeadline, heartbeatInterval + LATE_SECONDS) * MS_PER_SECOND,
  heartbeatMs: Math.max(LEAST_HEARTBEAT_SECONDS, 2 * heartbeatInterval) * MS_PER_SECOND,
});

/** Returns the limits after the way back. What is not done within them makes the upgrade failed. */
export function returnLimits(config: LimitConfig): ProbeLimits {
  const totalMs = Math.max(probeLimits(config).totalMs, LEAST_RETURN_SECONDS * MS_PER_SECOND);
  return { totalMs, heartbeatMs: totalMs };
}

/** @param isSilent whether a heartbeat is missing */
export const timeLeftMs = (
  { totalMs, heartbeatMs }: ProbeLimits,
  { ageMs, isSilent }: { readonly ageMs: number; readonly isSilent: boolean },
): number => (isSilent ? Math.min(totalMs, heartbeatMs) : totalMs) - ageMs;
