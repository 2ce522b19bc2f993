import type { AgentFacts, StateBefore } from '../../../schemas/upgrade-run.ts';
import { type ServicesNow, withoutNumbers } from './amphora-state.ts';

/** Stands for the answer of an agent whose program was replaced. */
export const FORMER_AGENT = Symbol('former agent');

/**
 * Returns what the agent lacks in comparison with the state before the upgrade.
 * @param answer undefined: no agent answers
 * @param sentAtFirst heartbeats that the agent had sent at the first look; a restarted agent counts from 0
 */
export function agentFaults(
  before: StateBefore,
  answer: AgentFacts | typeof FORMER_AGENT | undefined,
  sentAtFirst: number,
): string[] {
  if (!before.agent_runs) return [];
  if (answer === FORMER_AGENT) return ['the agent still runs the program that was replaced'];
  if (answer === undefined) return ['the agent does not answer'];
  const reasons = answer.reasons.filter((reason) => !before.not_ready.includes(withoutNumbers(reason)));
  const isSilent = lacksHeartbeat(before, answer, sentAtFirst);
  return [...reasons, ...(isSilent ? ['the agent has sent no heartbeat'] : [])];
}

/** Returns whether the agent sent heartbeats before the upgrade, and is not known to have sent one since the first look. */
export function lacksHeartbeat(
  before: StateBefore,
  facts: AgentFacts | undefined,
  sentAtFirst: number,
): boolean {
  if (!before.agent_runs || !before.sends_heartbeats) return false;
  // fewer than at the first look: the agent has restarted since
  return facts === undefined || [0, sentAtFirst].includes(facts.heartbeats.sent);
}

/**
 * Returns what the services lack in comparison with the state before the upgrade. A load balancer, a listener, a VIP or a
 * keepalived that a controller has deleted or stopped in the meantime lacks nothing.
 */
export function serviceFaults(before: StateBefore, now: ServicesNow): string[] {
  const silent = before.serving.filter((id) => now.due.includes(id) && !now.serving.includes(id));
  const closed = before.open.filter((one) => now.bound.includes(one) && !now.open.includes(one));
  const ended = before.lvs_running.filter((id) => now.lvs.due.includes(id) && !now.lvs.running.includes(id));
  const { configured, held } = now.vips;
  const lost = before.vips.filter((vip) => configured.includes(vip) && !held.includes(vip));
  const keepalivedIsDown = before.keepalived_runs && !['active', 'inactive'].includes(now.keepalived);
  return [
    ...silent.map((id) => `haproxy of load balancer ${id} does not answer`),
    ...closed.map((one) => `${one} accepts no connection`),
    ...ended.map((id) => `keepalived of listener ${id} does not run`),
    ...(keepalivedIsDown ? ['keepalived does not run'] : []),
    ...(now.keepalived === 'inactive'
      ? []
      : lost.map((vip) => `this amphora does not have the VIP ${vip} any more`)),
  ];
}
