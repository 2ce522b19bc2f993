import { MEMBERS_COMMAND, readMemberStates } from '../../domain/haproxy/member-statistics.ts';
import { UnusableStatistics } from '../../domain/haproxy/statistics.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import { createMemberCounts } from '../../domain/metrics/member-counts.ts';
import type { MetricFamily } from '../../domain/metrics/metric-family.ts';
import { SocketSilent } from '../../errors.ts';
import type { OperationContext } from '../context.ts';
import { askForReport } from '../reported-answer.ts';
import { loadBalancerIds, statsSocketFor } from '../stored-configs.ts';
import type { Looks } from './looks.ts';
import { LVS_MEMBERS, lvsMemberFacts, membersOf } from './member-metrics.ts';

type MembersContext = Pick<OperationContext, 'paths' | 'host'>;

/** The longest time until a haproxy or the kernel answers. A scrape has some seconds for everything. */
const ANSWER_MS = 1000;

/** Returns the number of members by load balancer and state. Members whose state is not known are not counted. Never fails. */
export async function memberCountMetrics(context: MembersContext, looks: Looks): Promise<MetricFamily[]> {
  const ids = await looks.at('the load balancers', () => loadBalancerIds(context), []);
  const [states, lvs] = await Promise.all([
    Promise.all(
      ids.map((id) => looks.at(membersOf(id), () => haproxyStates(context, id), { id, found: undefined })),
    ),
    looks.at(LVS_MEMBERS, () => lvsMemberFacts(context, ANSWER_MS), []),
  ]);
  const counts = createMemberCounts();
  for (const { id, found } of states) {
    if (found === undefined) continue;
    counts.begin(id);
    for (const state of found) counts.add(id, state);
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

/** Returns the states of the members of a haproxy; undefined when it doesn't answer. */
async function haproxyStates(context: MembersContext, id: HaproxyId) {
  const statsSocket = await statsSocketFor(context, id);
  const found: string[] = [];
  try {
    const question = { statsSocket, command: MEMBERS_COMMAND, limitMs: ANSWER_MS };
    const { answer, ...rules } = await askForReport(context, id, question);
    readMemberStates(answer, rules, (state) => found.push(state));
    return { id, found };
  } catch (error) {
    if (error instanceof SocketSilent || error instanceof UnusableStatistics) return { id, found: undefined };
    throw error;
  }
}
