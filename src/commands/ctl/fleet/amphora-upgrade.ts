import { setTimeout as delay } from 'node:timers/promises';
import {
  plannedAmphorae,
  type RolloutAmphora,
  servedBy,
  withChange,
} from '../../../domain/fleet/fleet-state.ts';
import { lookOf } from '../../../domain/fleet/looks.ts';
import { mayBegin } from '../../../domain/fleet/plan.ts';
import { surveyed } from '../../../domain/fleet/survey.ts';
import { NOTHING_TO_DO } from '../../../domain/upgrade/package-plan.ts';
import { RECEIVING, STILL_REMOVING, underWay } from '../../../domain/upgrade/passing-refusals.ts';
import { AgentUnreachable } from '../../../host/agent/agent-errors.ts';
import type { AgentClient } from '../agent-client.ts';
import { AgentRefused } from '../refusals.ts';
import type { SentBundle } from './bundle-file.ts';
import { hostFailure } from './each-host.ts';
import { judged, lookedOver } from './judgement.ts';
import type { RolloutChange } from './rollout-store.ts';
import { type RolloutWork, read, type Step } from './rollout-work.ts';

/** Finds out what an amphora serves, and whether it can be upgraded. */
export const survey: Step = async (work, client) => surveyed(await read(work, client.status), work.bundle.id);

/** Sends the bundle, and the agent only checks it. */
export const tryOut: Step = (work, client) =>
  afterRemoval(work, async () => {
    try {
      await client.upgrade(work.bundle.body, true);
      return {};
    } catch (error) {
      return refusal(client, error);
    }
  });

/**
 * Upgrades an amphora and waits until it looks as before, or does not. It keeps waiting if its upgrade may not begin any more,
 * because others of the turn have failed.
 */
export const upgradeOne: Step = (work, client, one) => afterRemoval(work, () => attempt(work, client, one));

const attempt: Step = async (work, client, one) => {
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
  if (seen.hasVip && !one.hasVip && one.before === null && peers.length > 0) return putOff(work, one, peers);
  const before = lookOf(status, await read(work, client.statistics));
  const now = withChange(store.rollout(), one.amphora, seen);
  if (!mayBegin(plannedAmphorae(now), work.plan, one.amphora)) return seen;
  const earlierUpgrade = status.upgrade?.requested_at ?? null;
  const running = { ...one, ...seen, state: 'running', before, earlierUpgrade } as const;
  await store.change(one.amphora, running);
  work.signal.throwIfAborted();
  const sent = await send(client, bundle, one.before !== null);
  if (sent.change?.state === 'current' && one.before !== null) {
    // an earlier command began it, so how it looks now may be what the packages have made of it
    await store.change(one.amphora, { before: one.before });
    return lookedOver(work, client, one);
  }
  if (sent.change !== undefined) {
    // nothing was done to it, and it may begin after a pause only if nothing has failed meanwhile
    const { before: former, earlierUpgrade: earlier } = one;
    if (isStillRemoving(sent.change))
      await store.change(one.amphora, { state: 'waiting', before: former, earlierUpgrade: earlier });
    return sent.change;
  }
  return judged(work, client, running, { state: 'failed', reason: sent.fault });
};

/**
 * Waits for the end of an upgrade that an earlier command began. If the agent does not know it, the bundle is sent again in the
 * next turn, before anything is done to the peer. The agent takes one bundle at a time, so that its answer is certain.
 */
export const resume: Step = (work, client, one) =>
  judged({ ...work, times: { ...work.times, beginMs: 0 } }, client, one, { state: 'waiting', reason: null });

/** Repeats an attempt while the program of an earlier upgrade removes its files, for `removalMs`. @returns the last result */
async function afterRemoval(
  { times, signal }: RolloutWork,
  once: () => Promise<RolloutChange>,
): Promise<RolloutChange> {
  const begin = performance.now();
  for (;;) {
    const change = await once();
    if (!isStillRemoving(change) || performance.now() - begin >= times.removalMs) return change;
    await delay(times.pollMs, undefined, { signal });
  }
}

const isStillRemoving = ({ state, reason }: RolloutChange): boolean =>
  state === 'failed' && reason?.includes(STILL_REMOVING) === true;

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

/** @param wasSent an earlier command has sent it, and the agent may still be at work on that */
async function send(client: AgentClient, bundle: SentBundle, wasSent: boolean): Promise<Sent> {
  try {
    await client.upgrade(bundle.body, false);
    return { fault: 'the agent does not know the upgrade that it has accepted' };
  } catch (error) {
    if (error instanceof AgentUnreachable) return { fault: hostFailure(client, error).reason };
    const change = refusal(client, error);
    const reason = change.reason ?? '';
    const isLate = wasSent && [RECEIVING, underWay(bundle.id)].some((part) => reason.includes(part));
    return isLate ? { fault: reason } : { change, fault: '' };
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
