import { setTimeout as delay } from 'node:timers/promises';
import type { StateBefore } from '../../../schemas/upgrade-run.ts';
import { askAgent, observeServices } from './amphora-state.ts';
import { agentFaults, serviceFaults } from './probe-faults.ts';
import type { RunContext } from './run-context.ts';
import { UpgradeFailed } from './upgrade-failed.ts';

const LOOK_MS = 500;

/**
 * Waits until the amphora is as it was before the upgrade: the agent is ready and has sent a heartbeat since the first look,
 * keepalived runs, and each haproxy answers and accepts connections at the same addresses. What a controller has deleted or stopped in the meantime is
 * not asked for.
 * @param before the state before the upgrade
 * @param deadline by performance.now()
 * @throws UpgradeFailed with the differences that are left at the deadline
 */
export async function waitUntilAsBefore(
  context: RunContext,
  before: StateBefore,
  deadline: number,
): Promise<void> {
  let sentAtFirst: number | undefined;
  for (;;) {
    const facts = await askAgent(context);
    sentAtFirst ??= facts?.heartbeats.sent;
    const faults = [
      ...agentFaults(before, facts, sentAtFirst ?? 0),
      ...serviceFaults(before, await observeServices(context)),
    ];
    if (faults.length === 0) return;
    if (performance.now() > deadline) throw new UpgradeFailed(faults.join('; '));
    await delay(LOOK_MS);
  }
}
