import { setTimeout as delay } from 'node:timers/promises';
import type { RolloutAmphora } from '../../../domain/fleet/fleet-state.ts';
import {
  countersOf,
  type Growth,
  growthOf,
  lookOf,
  type ObservedStatistics,
  withoutTraffic,
} from '../../../domain/fleet/looks.ts';
import { looksAsBefore, looksAsRightBefore } from '../../../domain/fleet/looks-as-before.ts';
import { surveyed } from '../../../domain/fleet/survey.ts';
import type { AgentClient } from '../agent-client.ts';
import { followUpgrade } from './follow-upgrade.ts';
import type { RolloutChange } from './rollout-store.ts';
import { insisting, type RolloutWork, read, type Step } from './rollout-work.ts';

/** Waits for the result of an upgrade, and compares the amphora with how it looked before. */
export async function judged(
  work: RolloutWork,
  client: AgentClient,
  one: RolloutAmphora,
  whenUnknown: RolloutChange,
): Promise<RolloutChange> {
  const { bundle, times, signal } = work;
  const end = await followUpgrade(client, one, { bundle: bundle.id, times, signal });
  if (end === 'unknown') return whenUnknown;
  if (end !== 'succeeded') return { state: 'failed', reason: end.fault };
  return lookedOver(work, client, one);
}

/** Looks twice at an amphora that has the packages, and compares it with how it looked before. */
export async function lookedOver(
  work: RolloutWork,
  client: AgentClient,
  { amphora, before }: RolloutAmphora,
): Promise<RolloutChange> {
  const first = await read(work, client.statistics);
  await delay(work.times.settleMs, undefined, { signal: work.signal });
  const [second, status] = [await read(work, client.statistics), await read(work, client.status)];
  work.counters.set(amphora, countersOf(second));
  if (!status.ready) return notReady(status.reasons);
  const upgraded = { state: 'upgraded', reason: null } as const;
  if (before === null) return upgraded;
  return compared(looksAsRightBefore(before, lookOf(status, second), growthOf(first, second)), upgraded);
}

/** Looks again at an amphora that was upgraded. */
export const recheck: Step = async (work, client, { amphora, before }) => {
  const reasons = await insisting(work, client.notReady);
  if (reasons.length > 0) return notReady(reasons);
  if (before === null) return {};
  const [statistics, status] = [await read(work, client.statistics), await read(work, client.status)];
  const grown = growthSinceLast(work, amphora, statistics);
  return compared(looksAsBefore(withoutTraffic(before), lookOf(status, statistics), grown), {});
};

/**
 * Looks again at an amphora that failed under an earlier command. It stays failed until it looks as before its upgrade: how it
 * looks now is no measure of that. If it has the former packages and looks as before, it waits for another upgrade.
 */
export const lookAtFailed: Step = async (work, client, one) => {
  const status = await read(work, client.status);
  const seen = surveyed(status, work.bundle.id);
  if (seen.state === 'running') return seen;
  if (seen.state !== 'waiting') return { ...seen, state: 'failed' };
  const { upgrade } = status;
  if (upgrade?.id === work.bundle.id && upgrade.result === 'succeeded')
    return { ...seen, ...(await lookedOver(work, client, one)) };
  const now = lookOf(status, await read(work, client.statistics));
  const faults = one.before === null ? [] : looksAsBefore(withoutTraffic(one.before), now, new Map());
  return { ...seen, ...compared(faults, { wasPutOff: false }) };
};

/** Returns the growth of counters since the last look at an upgraded amphora, and keeps the counters for the next one. */
function growthSinceLast(
  { counters }: RolloutWork,
  amphora: string,
  statistics: ObservedStatistics,
): ReadonlyMap<string, Growth> {
  const last = counters.get(amphora);
  counters.set(amphora, countersOf(statistics));
  return last === undefined ? new Map() : growthOf(last, statistics);
}

const notReady = (reasons: readonly string[]): RolloutChange => ({
  state: 'failed',
  reason: `it is not ready: ${reasons.join('; ')}`,
});

const compared = (faults: readonly string[], good: RolloutChange): RolloutChange =>
  faults.length === 0
    ? good
    : { state: 'failed', reason: `it does not look as before: ${faults.join('; ')}` };
