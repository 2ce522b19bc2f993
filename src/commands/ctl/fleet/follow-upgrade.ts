import { setTimeout as delay } from 'node:timers/promises';
import type { RolloutAmphora } from '../../../domain/fleet/fleet-state.ts';
import { AgentUnreachable } from '../../../host/agent/agent-errors.ts';
import type { UpgradeFacts } from '../../../schemas/upgrade-facts.ts';
import type { AgentClient } from '../agent-client.ts';
import { hostFailure } from './each-host.ts';
import type { RolloutTimes } from './rollout-times.ts';

/** `unknown`: the agent has not begun this upgrade */
export type UpgradeEnd = 'succeeded' | 'unknown' | { readonly fault: string };

/** The first pause is this part of the longest one. */
const SOONER = 32;

export interface FollowedUpgrade {
  /** id of the bundle */
  readonly bundle: string;
  readonly times: RolloutTimes;
  readonly signal: AbortSignal;
}

/** Waits until an upgrade has a result and, if it succeeded, until the amphora is ready. @throws AgentError, AbortError */
export async function followUpgrade(
  client: AgentClient,
  one: RolloutAmphora,
  { bundle, times, signal }: FollowedUpgrade,
): Promise<UpgradeEnd> {
  const begin = performance.now();
  let answered = begin;
  // the last time when it had not begun
  let unbegun = begin;
  let pauseMs = times.pollMs / SOONER;
  for (;;) {
    signal.throwIfAborted();
    const now = performance.now();
    const state = await stateOrSilence(client, one, bundle);
    if ('end' in state) return state.end;
    if (state.kind !== 'silent') answered = now;
    if (state.kind === 'unknown') unbegun = now;
    if (state.kind === 'unknown' && now - begin >= times.beginMs) return 'unknown';
    if (now - answered > times.silentMs) return { fault: state.waits };
    if (now - unbegun > times.upgradeMs)
      return { fault: `no good result within ${Math.round(times.upgradeMs / 1000)} s: ${state.waits}` };
    await delay(pauseMs, undefined, { signal });
    pauseMs = Math.min(times.pollMs, pauseMs * 2);
  }
}

/** `unknown`: the agent has not begun it; `silent`: it did not answer */
type UpgradeState =
  | { readonly end: UpgradeEnd }
  | { readonly kind: 'unknown' | 'silent' | 'busy'; readonly waits: string };

async function stateOrSilence(
  client: AgentClient,
  one: RolloutAmphora,
  bundle: string,
): Promise<UpgradeState> {
  try {
    return await stateOf(client, one, bundle);
  } catch (error) {
    if (!(error instanceof AgentUnreachable)) throw error;
    return { kind: 'silent', waits: hostFailure(client, error).reason };
  }
}

async function stateOf(client: AgentClient, one: RolloutAmphora, bundle: string): Promise<UpgradeState> {
  const { upgrade } = (await client.lastUpgrade()).known;
  if (upgrade === null || !isOfRollout(upgrade, one, bundle))
    return { kind: 'unknown', waits: 'the agent has not begun it' };
  if (upgrade.result === null) return { kind: 'busy', waits: `it is under way (${upgrade.phase})` };
  if (upgrade.result !== 'succeeded')
    return { end: { fault: `${upgrade.result}: ${upgrade.reason ?? 'no reason is known'}` } };
  const reasons = await client.notReady();
  if (reasons.length === 0) return { end: 'succeeded' };
  return { kind: 'busy', waits: `it is not ready: ${reasons.join('; ')}` };
}

/** An amphora may have tried the same bundle before this rollout. */
const isOfRollout = (
  upgrade: NonNullable<UpgradeFacts['upgrade']>,
  { earlierUpgrade }: RolloutAmphora,
  bundle: string,
): boolean => upgrade.id === bundle && upgrade.requested_at !== earlierUpgrade;
