import { MEMBERS_COMMAND, type ReportRules } from '../../domain/haproxy/member-statistics.ts';
import { UnusableStatistics } from '../../domain/haproxy/statistics.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import { lvsMembers } from '../../domain/keepalived/lvs-members.ts';
import { NO_IPVS } from '../../domain/keepalived/lvs-statistics.ts';
import type { MemberFacts } from '../../domain/metrics/member-facts.ts';
import { SocketSilent } from '../../errors.ts';
import { readLvsListener } from '../../host/keepalived/lvs-listener.ts';
import type { OperationContext } from '../context.ts';
import { readIpvsState } from '../keepalived/ipvs-state.ts';
import { lvsListenerIds } from '../keepalived/lvs-listeners.ts';
import { askForReport } from '../reported-answer.ts';
import { loadBalancerIds, statsSocketFor } from '../stored-configs.ts';
import type { Looks } from './looks.ts';

type MembersContext = Pick<OperationContext, 'paths' | 'host'>;

/** How the members are looked at. */
export interface MembersLook<Found> {
  readonly looks: Looks;
  /** the longest time until a haproxy or the kernel answers, in ms */
  readonly answerMs: number;
  /** reads the answer of a haproxy to MEMBERS_COMMAND @throws UnusableStatistics */
  readonly read: (answer: string, rules: ReportRules, id: HaproxyId) => Found;
}

/** The members of all listeners, as heartbeats show them: without removed and half-added ones. */
export interface FoundMembers<Found> {
  /** what was read from each haproxy */
  readonly haproxy: readonly Found[];
  /** those of the enabled UDP and SCTP listeners */
  readonly lvs: readonly MemberFacts[];
}

/**
 * Looks at the members of all listeners. Those of a haproxy that doesn't answer, of a kernel whose table can't be read, and of all
 * else that can't be read are left out: their state isn't known. Never fails.
 */
export async function findMembers<Found>(
  context: MembersContext,
  look: MembersLook<Found>,
): Promise<FoundMembers<Found>> {
  const { looks, answerMs } = look;
  const ids = await looks.at('the load balancers', () => loadBalancerIds(context), []);
  const [haproxy, lvs] = await Promise.all([
    Promise.all(
      ids.map((id) =>
        looks.at(`the members of load balancer ${id}`, () => haproxyMembers(context, id, look), undefined),
      ),
    ),
    looks.at('the members of UDP and SCTP listeners', () => lvsMemberFacts(context, answerMs), []),
  ]);
  return { haproxy: haproxy.filter((found) => found !== undefined), lvs };
}

/** Returns what is read from a haproxy; undefined when it doesn't answer. */
async function haproxyMembers<Found>(
  context: MembersContext,
  id: HaproxyId,
  { answerMs: limitMs, read }: MembersLook<Found>,
): Promise<Found | undefined> {
  const statsSocket = await statsSocketFor(context, id);
  try {
    const question = { statsSocket, command: MEMBERS_COMMAND, limitMs };
    const { answer, ...rules } = await askForReport(context, id, question);
    return read(answer, rules, id);
  } catch (error) {
    if (error instanceof SocketSilent || error instanceof UnusableStatistics) return undefined;
    throw error;
  }
}

/**
 * Returns the members of the enabled UDP and SCTP listeners; none when the table of the kernel can't be read.
 * @param answerMs the longest time until the kernel's table is read
 */
async function lvsMemberFacts(context: MembersContext, answerMs: number): Promise<MemberFacts[]> {
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
