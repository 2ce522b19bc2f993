import { setTimeout as delay } from 'node:timers/promises';
import type { RolloutAmphora } from '../../../domain/fleet/fleet-state.ts';
import { AgentUnreachable } from '../../../host/agent/agent-errors.ts';
import type { UpgradeFacts } from '../../../schemas/upgrade-facts.ts';
import type { AgentClient } from '../agent-client.ts';
import { hostFailure } from './each-host.ts';

/** The times of a rollout, in milliseconds. */
export interface RolloutTimes {
  /** the longest time between two questions; the first ones come sooner */
  readonly pollMs: number;
  /** from the end of an upgrade to the comparison */
  readonly settleMs: number;
  /** the longest time until an upgrade has a result and the amphora is ready */
  readonly upgradeMs: number;
  /** the longest time without an answer: the agent is restarted during an upgrade */
  readonly silentMs: number;
}

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
  let fault = '';
  let pauseMs = times.pollMs / SOONER;
  for (;;) {
    signal.throwIfAborted();
    const now = performance.now();
    try {
      const state = await stateOf(client, one, bundle);
      if ('end' in state) return state.end;
      answered = performance.now();
      fault = state.waits;
    } catch (error) {
      if (!(error instanceof AgentUnreachable)) throw error;
      fault = hostFailure(client, error).reason;
      if (now - answered > times.silentMs) return { fault };
    }
    if (now - begin > times.upgradeMs)
      return { fault: `no good result within ${Math.round(times.upgradeMs / 1000)} s: ${fault}` };
    await delay(pauseMs, undefined, { signal });
    pauseMs = Math.min(times.pollMs, pauseMs * 2);
  }
}

type UpgradeState = { readonly end: UpgradeEnd } | { readonly waits: string };

async function stateOf(client: AgentClient, one: RolloutAmphora, bundle: string): Promise<UpgradeState> {
  const { upgrade } = (await client.lastUpgrade()).known;
  if (upgrade === null || !isOfRollout(upgrade, one, bundle)) return { end: 'unknown' };
  if (upgrade.result === null) return { waits: `it is under way (${upgrade.phase})` };
  if (upgrade.result !== 'succeeded')
    return { end: { fault: `${upgrade.result}: ${upgrade.reason ?? 'no reason is known'}` } };
  const reasons = await client.notReady();
  return reasons.length === 0 ? { end: 'succeeded' } : { waits: `it is not ready: ${reasons.join('; ')}` };
}

/** An amphora may have tried the same bundle before this rollout. */
const isOfRollout = (
  upgrade: NonNullable<UpgradeFacts['upgrade']>,
  { earlierUpgrade }: RolloutAmphora,
  bundle: string,
): boolean => upgrade.id === bundle && upgrade.requested_at !== earlierUpgrade;
