import { readMemberStates } from '../../domain/haproxy/member-statistics.ts';
import { createMemberCounts } from '../../domain/metrics/member-counts.ts';
import type { MetricFamily } from '../../domain/metrics/metric-family.ts';
import type { OperationContext } from '../context.ts';
import type { Looks } from './looks.ts';
import { findMembers } from './members.ts';

type MembersContext = Pick<OperationContext, 'paths' | 'host'>;

/** The longest time until a haproxy or the kernel answers. A scrape has some seconds for everything. */
const ANSWER_MS = 1000;

/** Returns the number of members by load balancer and state. Members whose state is not known are not counted. Never fails. */
export async function memberCountMetrics(context: MembersContext, looks: Looks): Promise<MetricFamily[]> {
  const { haproxy, lvs } = await findMembers(context, {
    ...{ looks, answerMs: ANSWER_MS },
    read(answer, rules, id) {
      const states: string[] = [];
      readMemberStates(answer, rules, (state) => states.push(state));
      return { id, states };
    },
  });
  const counts = createMemberCounts();
  for (const { id, states } of haproxy) {
    counts.begin(id);
    for (const state of states) counts.add(id, state);
  }
  for (const { loadBalancer, state } of lvs) {
    counts.begin(loadBalancer);
    counts.add(loadBalancer, state);
  }
  return [
    {
      name: 'amphora_agent_members',
      help: 'Members by state, as in heartbeats; one counts for each listener and pool that has it.',
      type: 'gauge',
      samples: counts.samples(),
    },
  ];
}
