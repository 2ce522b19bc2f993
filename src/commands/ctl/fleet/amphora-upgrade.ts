import { setTimeout as delay } from 'node:timers/promises';
import {
  plannedAmphorae,
  type RolloutAmphora,
  servedBy,
  withChange,
} from '../../../domain/fleet/fleet-state.ts';
import {
  countersOf,
  type Growth,
  growthOf,
  lookOf,
  type ObservedStatistics,
  withoutTraffic,
} from '../../../domain/fleet/looks.ts';
import { looksAsBefore } from '../../../domain/fleet/looks-as-before.ts';
import { mayBegin, type PlanSettings } from '../../../domain/fleet/plan.ts';
import { surveyed } from '../../../domain/fleet/survey.ts';
import { NOTHING_TO_DO } from '../../../domain/upgrade/package-plan.ts';
import { AgentUnreachable } from '../../../host/agent/agent-errors.ts';
import type { AgentClient, Facts } from '../agent-client.ts';
import { EXIT } from '../outcome.ts';
import { AgentRefused } from '../refusals.ts';
import type { SentBundle } from './bundle-file.ts';
import { hostFailure } from './each-host.ts';
import { followUpgrade, type RolloutTimes } from './follow-upgrade.ts';
import type { RolloutChange, RolloutStore } from './rollout-store.ts';

/** What the work at each amphora of a rollout needs. */
export interface RolloutWork {
  readonly store: RolloutStore;
  readonly bundle: SentBundle;
  readonly times: RolloutTimes;
  readonly plan: PlanSettings;
  /** the counters of the last look at each upgraded amphora */
  readonly counters: Map<string, ObservedStatistics>;
  /** ends the work; the state of the amphora stays as it is */
  readonly signal: AbortSignal;
}

type Step = (work: RolloutWork, client: AgentClient, one: RolloutAmphora) => Promise<RolloutChange>;

/** Makes a work for eachHost() that records the result of a step. It only fails when the state can't be written. */
export const recorded =
  (work: RolloutWork, step: Step) =>
  async (client: AgentClient, one: RolloutAmphora): Promise<void> => {
    const change = await outcomeOf(work, client, one, step);
    if (change !== undefined) await work.store.change(one.amphora, change);
  };

async function outcomeOf(
  work: RolloutWork,
  client: AgentClient,
  one: RolloutAmphora,
  step: Step,
): Promise<RolloutChange | undefined> {
  try {
    return await step(work, client, one);
  } catch (error) {
    if (work.signal.aborted) return undefined;
    const { exitCode, reason } = hostFailure(client, error);
    const isUntouched = stateOf(work, one) === 'waiting';
    return { state: isUntouched && exitCode === EXIT.unreachable ? 'unreachable' : 'failed', reason };
  }
}

/** Returns the state of an amphora now. */
export const stateOf = (
  { store }: RolloutWork,
  { amphora }: Pick<RolloutAmphora, 'amphora'>,
): RolloutAmphora['state'] | undefined =>
  store.rollout().amphorae.find((other) => other.amphora === amphora)?.state;

/** Finds out what an amphora serves, and whether it can be upgraded. */
export const survey: Step = async (work, client) => surveyed(await read(work, client.status), work.bundle.id);

/** Attempts to get an answer: a lost packet of one amphora must not end the rollout of a thousand. */
const ATTEMPTS = 3;

async function insisting<Answer>(
  { times, signal }: RolloutWork,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    // a request after the end of the connections would make another one
    signal.throwIfAborted();
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof AgentUnreachable) || attempt === ATTEMPTS) throw error;
      await delay(times.pollMs, undefined, { signal });
    }
  }
}

const read = async <Known>(work: RolloutWork, ask: () => Promise<Facts<Known>>): Promise<Known> =>
  (await insisting(work, ask)).known;

/** Sends the bundle, and the agent only checks it. */
export const tryOut: Step = async ({ bundle }, client) => {
  try {
    await client.upgrade(bundle.body, true);
    return {};
  } catch (error) {
    return refusal(client, error);
  }
};

/**
 * Upgrades an amphora and waits until it looks as before, or does not. It keeps waiting if its upgrade may not begin any more,
 * because others of the turn have failed.
 */
export const upgradeOne: Step = async (work, client, one) => {
  const { bundle, store } = work;
  const status = await read(work, client.status);
  const seen = surveyed(status, bundle.id);
  if (seen.state === 'running') {
    // it began after an earlier command had ended
    await store.change(one.amphora, seen);
    return resume(work, client, { ...one, ...seen });
  }
  if (seen.state !== 'waiting') return seen;
  const peers = waitingPeers(work, one);
  if (seen.hasVip && !one.hasVip && peers.length > 0) return putOff(work, one, peers);
  const before = lookOf(status, await read(work, client.statistics));
  const now = withChange(store.rollout(), one.amphora, seen);
  if (!mayBegin(plannedAmphorae(now), work.plan, one.amphora)) return seen;
  const earlierUpgrade = status.upgrade?.requested_at ?? null;
  const running = { ...one, ...seen, state: 'running', before, earlierUpgrade } as const;
  await store.change(one.amphora, running);
  work.signal.throwIfAborted();
  const sent = await send(client, bundle);
  if (sent.change !== undefined) return sent.change;
  return judged(work, client, running, { state: 'failed', reason: sent.fault });
};

/** Waits for the end of an upgrade that an earlier command began. */
export const resume: Step = (work, client, one) =>
  judged(work, client, one, { state: 'waiting', reason: null, before: null });

/** Looks again at an amphora that was upgraded. */
export const recheck: Step = async (work, client, { amphora, before }) => {
  const reasons = await insisting(work, client.notReady);
  if (reasons.length > 0) return notReady(reasons);
  if (before === null) return {};
  const [statistics, status] = [await read(work, client.statistics), await read(work, client.status)];
  const grown = growthSinceLast(work, amphora, statistics);
  return compared(looksAsBefore(withoutTraffic(before), lookOf(status, statistics), grown), {});
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

/** Its role changed since the survey: the peers have no VIP any more, and come first. */
async function putOff(
  { store }: RolloutWork,
  { wasPutOff }: RolloutAmphora,
  peers: readonly RolloutAmphora[],
): Promise<RolloutChange> {
  if (wasPutOff) return { state: 'held', reason: 'the VIP moves between it and its peer' };
  await Promise.all(peers.map(({ amphora }) => store.change(amphora, { hasVip: false })));
  return { hasVip: true, wasPutOff: true };
}

/** Returns the amphorae of the same load balancer whose turn has not come. */
function waitingPeers({ store }: RolloutWork, one: RolloutAmphora): RolloutAmphora[] {
  const ids = new Set(servedBy(one));
  return store
    .rollout()
    .amphorae.filter(
      (other) =>
        other.amphora !== one.amphora &&
        other.state === 'waiting' &&
        servedBy(other).some((id) => ids.has(id)),
    );
}

/** What became of the request: a result, or a fault after which the agent may have begun nevertheless. */
interface Sent {
  readonly change?: RolloutChange;
  readonly fault: string;
}

async function send(client: AgentClient, bundle: SentBundle): Promise<Sent> {
  try {
    await client.upgrade(bundle.body, false);
    return { fault: 'the agent does not know the upgrade that it has accepted' };
  } catch (error) {
    if (error instanceof AgentUnreachable) return { fault: hostFailure(client, error).reason };
    const change = refusal(client, error);
    return { change, fault: '' };
  }
}

const CONFLICT = 409;

/** Returns the state that an agent's refusal means. @throws the error itself if it is none */
function refusal(client: AgentClient, error: unknown): RolloutChange {
  if (!(error instanceof AgentRefused)) throw error;
  const { reason } = hostFailure(client, error);
  const isCurrent = error.status === CONFLICT && reason.includes(NOTHING_TO_DO);
  return isCurrent ? { state: 'current', reason: null } : { state: 'failed', reason };
}

/** Waits for the result of an upgrade, and compares the amphora with how it looked before. */
async function judged(
  work: RolloutWork,
  client: AgentClient,
  one: RolloutAmphora,
  whenUnknown: RolloutChange,
): Promise<RolloutChange> {
  const { bundle, times, signal } = work;
  const end = await followUpgrade(client, one, { bundle: bundle.id, times, signal });
  if (end === 'unknown') return whenUnknown;
  if (end !== 'succeeded') return { state: 'failed', reason: end.fault };
  const first = await read(work, client.statistics);
  await delay(times.settleMs, undefined, { signal });
  const [second, status] = [await read(work, client.statistics), await read(work, client.status)];
  work.counters.set(one.amphora, countersOf(second));
  if (!status.ready) return notReady(status.reasons);
  const upgraded = { state: 'upgraded', reason: null } as const;
  if (one.before === null) return upgraded;
  return compared(looksAsBefore(one.before, lookOf(status, second), growthOf(first, second)), upgraded);
}

const notReady = (reasons: readonly string[]): RolloutChange => ({
  state: 'failed',
  reason: `it is not ready: ${reasons.join('; ')}`,
});

const compared = (faults: readonly string[], good: RolloutChange): RolloutChange =>
  faults.length === 0
    ? good
    : { state: 'failed', reason: `it does not look as before: ${faults.join('; ')}` };
