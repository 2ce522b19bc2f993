import { setTimeout as delay } from 'node:timers/promises';
import { KEEPALIVED_SERVICE } from '../../../domain/paths.ts';
import type { AgentFacts, StateBefore } from '../../../schemas/upgrade-run.ts';
import { askAgent, openAddresses, servingHaproxys, withoutNumbers } from './amphora-state.ts';
import type { RunContext } from './run-context.ts';
import { UpgradeFailed } from './upgrade-failed.ts';

const LOOK_MS = 500;

/**
 * Waits until the amphora is as it was before the upgrade: the agent is ready and has sent a heartbeat since the first look,
 * keepalived runs, and each haproxy answers and accepts connections at the same addresses.
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
      ...(await serviceFaults(context, before)),
    ];
    if (faults.length === 0) return;
    if (performance.now() > deadline) throw new UpgradeFailed(faults.join('; '));
    await delay(LOOK_MS);
  }
}

/** @param sentAtFirst heartbeats that the agent had sent at the first look; a restarted agent counts from 0 */
export function agentFaults(
  before: StateBefore,
  facts: AgentFacts | undefined,
  sentAtFirst: number,
): string[] {
  if (!before.agent_runs) return [];
  if (facts === undefined) return ['the agent does not answer'];
  const reasons = facts.reasons.filter((reason) => !before.not_ready.includes(withoutNumbers(reason)));
  // fewer than at the first look: the agent has restarted since
  const hasSent = !before.sends_heartbeats || ![0, sentAtFirst].includes(facts.heartbeats.sent);
  return [...reasons, ...(hasSent ? [] : ['the agent has sent no heartbeat'])];
}

async function serviceFaults(context: RunContext, before: StateBefore): Promise<string[]> {
  const { serving: ids } = before;
  const serving = await servingHaproxys(context);
  const open = await openAddresses(context, ids);
  const keepalived = await context.host.services.state(KEEPALIVED_SERVICE);
  return [
    ...ids
      .filter((id) => !serving.includes(id))
      .map((id) => `haproxy of load balancer ${id} does not answer`),
    ...before.open.filter((one) => !open.includes(one)).map((one) => `${one} accepts no connection`),
    ...(before.keepalived_runs && keepalived.status !== 'active' ? ['keepalived does not run'] : []),
  ];
}
