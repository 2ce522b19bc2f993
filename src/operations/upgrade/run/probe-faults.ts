import type { AgentFacts, StateBefore } from '../../../schemas/upgrade-run.ts';
import { type ServicesNow, withoutNumbers } from './amphora-state.ts';

/**
 * Returns what the agent lacks in comparison with the state before the upgrade.
 * @param sentAtFirst heartbeats that the agent had sent at the first look; a restarted agent counts from 0
 */
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

/**
 * Returns what the services lack in comparison with the state before the upgrade. A load balancer, a listener or a keepalived
 * that a controller has deleted or stopped in the meantime lacks nothing.
 */
export function serviceFaults(before: StateBefore, now: ServicesNow): string[] {
  const silent = before.serving.filter((id) => now.due.includes(id) && !now.serving.includes(id));
  const closed = before.open.filter((one) => now.bound.includes(one) && !now.open.includes(one));
  const keepalivedIsDown = before.keepalived_runs && !['active', 'inactive'].includes(now.keepalived);
  return [
    ...silent.map((id) => `haproxy of load balancer ${id} does not answer`),
    ...closed.map((one) => `${one} accepts no connection`),
    ...(keepalivedIsDown ? ['keepalived does not run'] : []),
  ];
}
