import { setTimeout as delay } from 'node:timers/promises';
import type { RolloutAmphora } from '../../../domain/fleet/fleet-state.ts';
import type { ObservedStatistics } from '../../../domain/fleet/looks.ts';
import type { PlanSettings } from '../../../domain/fleet/plan.ts';
import { AgentUnreachable } from '../../../host/agent/agent-errors.ts';
import type { AgentClient, Facts } from '../agent-client.ts';
import { EXIT } from '../outcome.ts';
import type { SentBundle } from './bundle-file.ts';
import { hostFailure } from './each-host.ts';
import type { RolloutChange, RolloutStore } from './rollout-store.ts';
import type { RolloutTimes } from './rollout-times.ts';

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

/** A piece of work at one amphora. @returns what it changes in the state of the amphora */
export type Step = (work: RolloutWork, client: AgentClient, one: RolloutAmphora) => Promise<RolloutChange>;

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

/** Attempts to get an answer: a lost packet of one amphora must not end the rollout of a thousand. */
const ATTEMPTS = 3;

/** Asks again if there is no answer. @throws AgentUnreachable after the last attempt, AbortError */
export async function insisting<Answer>(
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

/** Returns the facts of an answer. Asks as insisting() does. */
export const read = async <Known>(work: RolloutWork, ask: () => Promise<Facts<Known>>): Promise<Known> =>
  (await insisting(work, ask)).known;
