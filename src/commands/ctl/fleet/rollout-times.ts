/** The times of a rollout, in milliseconds. */
export interface RolloutTimes {
  /** the longest time between two questions; the first ones come sooner */
  readonly pollMs: number;
  /** from the end of an upgrade to the comparison */
  readonly settleMs: number;
  /** the longest time in which an agent begins an upgrade after its sender has lost the connection */
  readonly beginMs: number;
  /** the longest time in which the program of an earlier upgrade removes its files, so that the agent takes no bundle */
  readonly removalMs: number;
  /** the longest time until an upgrade has a result and the amphora is ready */
  readonly upgradeMs: number;
  /** the longest time without an answer: the agent is restarted during an upgrade */
  readonly silentMs: number;
}

/**
 * The times that no option changes. An agent's own limits come to 7 minutes until it begins: the rest of the body
 * (`agent_request_read_timeout`, src/config/options.ts), three questions to dpkg and the simulation
 * (src/host/upgrade/package-tools.ts), and the start of the unit (src/operations/upgrade/runner.ts). The other 3 minutes are for
 * what has no limit of its own: the versions are compared package by package, and the disk writes all files. An agent is silent
 * for at most 3 minutes while it is replaced.
 */
export const FIXED_TIMES = { pollMs: 2_000, beginMs: 600_000, removalMs: 60_000, silentMs: 180_000 } as const;
