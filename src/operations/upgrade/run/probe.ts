import { setTimeout as delay } from 'node:timers/promises';
import { probeLimits, returnLimits, timeLeftMs } from '../../../domain/upgrade/probe-limits.ts';
import type { AgentFacts, StateBefore } from '../../../schemas/upgrade-run.ts';
import { askAgent, observeServices } from './amphora-state.ts';
import { agentFaults, FORMER_AGENT, lacksHeartbeat, serviceFaults } from './probe-faults.ts';
import { mainIsReplaced } from './replaced-program.ts';
import { AGENT_SERVICE, type RunContext } from './run-context.ts';
import { UpgradeFailed } from './upgrade-failed.ts';

const LOOK_MS = 500;

/**
 * Waits until the amphora is as it was before the upgrade: the agent runs its installed program, is ready and has sent a
 * heartbeat since the first look, each keepalived runs, the amphora has its VIPs, and each haproxy answers and accepts connections
 * at the same addresses. What a controller has deleted or stopped in the meantime is not asked for.
 * @param before the state before the upgrade
 * @param way `back`: the former packages run again. Nothing is left to be done if they are late, so they get more time
 * @throws UpgradeFailed with the differences that are left at the end of the time
 */
export async function waitUntilAsBefore(
  context: RunContext,
  before: StateBefore,
  way: 'forward' | 'back',
): Promise<void> {
  const limits = (way === 'forward' ? probeLimits : returnLimits)(context.config());
  const began = performance.now();
  let sentAtFirst: number | undefined;
  for (;;) {
    const answer = await askInstalledAgent(context);
    const facts = answer === FORMER_AGENT ? undefined : answer;
    sentAtFirst ??= facts?.heartbeats.sent;
    const faults = [
      ...agentFaults(before, answer, sentAtFirst ?? 0),
      ...serviceFaults(before, await observeServices(context)),
    ];
    if (faults.length === 0) return;
    const isSilent = lacksHeartbeat(before, facts, sentAtFirst ?? 0);
    if (timeLeftMs(limits, { ageMs: performance.now() - began, isSilent }) <= 0)
      throw new UpgradeFailed(faults.join('; '));
    await delay(LOOK_MS);
  }
}

/** Asks the agent, unless the one that runs is still the one that was replaced: it may hang while systemd ends it. */
async function askInstalledAgent(context: RunContext): Promise<AgentFacts | typeof FORMER_AGENT | undefined> {
  return (await mainIsReplaced(context, AGENT_SERVICE)) ? FORMER_AGENT : askAgent(context);
}
