import { MEMBERS_COMMAND, readMemberStatistics } from '../../domain/haproxy/member-statistics.ts';
import { UnusableStatistics } from '../../domain/haproxy/statistics.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import { lvsMembers } from '../../domain/keepalived/lvs-members.ts';
import { NO_IPVS } from '../../domain/keepalived/lvs-statistics.ts';
import { expositionText } from '../../domain/metrics/exposition-text.ts';
import type { MemberFacts } from '../../domain/metrics/member-facts.ts';
import { createMemberLabels, createMemberMetrics } from '../../domain/metrics/member-metrics.ts';
import type { MetricsFormat } from '../../domain/metrics/metrics-format.ts';
import { SocketSilent } from '../../errors.ts';
import { readLvsListener } from '../../host/keepalived/lvs-listener.ts';
import type { OperationContext } from '../context.ts';
import { readIpvsState } from '../keepalived/ipvs-state.ts';
import { lvsListenerIds } from '../keepalived/lvs-listeners.ts';
import { askForReport } from '../reported-answer.ts';
import { loadBalancerIds, statsSocketFor } from '../stored-configs.ts';
import { createLooks } from './looks.ts';

type MembersContext = Pick<OperationContext, 'paths' | 'host'>;
type LoggedContext = MembersContext & Pick<OperationContext, 'logger'>;

/** The longest time until a haproxy or the kernel answers. */
const ANSWER_MS = 2_000;

/** Parts of the amphora, as Looks name them. */
export const LVS_MEMBERS = 'the members of UDP and SCTP listeners';
export const membersOf = (id: HaproxyId): string => `the members of load balancer ${id}`;

/** Returns the metrics of all members as text, in chunks. The facts are from before the first chunk. Never fails. */
export const memberMetrics = async (
  context: LoggedContext,
  format: MetricsFormat,
): Promise<Iterable<Buffer>> =>
  expositionText(await memberFacts(context), createMemberLabels(), createMemberMetrics(), format);

/**
 * Returns the members of all listeners, as heartbeats show them: without removed and half-added ones. Members of a haproxy
 * that doesn't answer, of a kernel whose table can't be read, and of all else that can't be read are left out: their state
 * isn't known.
 */
async function memberFacts(context: LoggedContext): Promise<MemberFacts[]> {
  const looks = createLooks(context);
  const ids = await looks.at('the load balancers', () => loadBalancerIds(context), []);
  const [haproxy, lvs] = await Promise.all([
    Promise.all(ids.map((id) => looks.at(membersOf(id), () => haproxyMembers(context, id), []))),
    looks.at(LVS_MEMBERS, () => lvsMemberFacts(context, ANSWER_MS), []),
  ]);
  return [...haproxy.flat(), ...lvs];
}

async function haproxyMembers(context: MembersContext, id: HaproxyId): Promise<MemberFacts[]> {
  const statsSocket = await statsSocketFor(context, id);
  try {
    const question = { statsSocket, command: MEMBERS_COMMAND, limitMs: ANSWER_MS };
    const { answer, ...rules } = await askForReport(context, id, question);
    return readMemberStatistics(answer, id, rules);
  } catch (error) {
    if (error instanceof SocketSilent || error instanceof UnusableStatistics) return [];
    throw error;
  }
}

/**
 * Returns the members of the enabled UDP and SCTP listeners; none when the table of the kernel can't be read.
 * @param answerMs the longest time until the kernel's table is read
 */
export async function lvsMemberFacts(context: MembersContext, answerMs: number): Promise<MemberFacts[]> {
  const { host, paths } = context;
  const ids = await lvsListenerIds(context);
  const found = await Promise.all(ids.map((id) => readLvsListener(paths, host, id)));
  const enabled = found.filter((one) => one !== undefined).filter(({ text }) => !text.isDisabled);
  if (enabled.length === 0) return [];
  const kernel = await readIpvsState(context, enabled, answerMs);
  if (kernel === undefined) return [];
  return enabled
    .filter(({ keepalived }) => keepalived !== undefined || kernel === NO_IPVS)
    .flatMap(({ id, text, keepalived }) => lvsMembers(id, text, kernel, keepalived?.isRestarting === true));
}
