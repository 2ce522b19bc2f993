import type { MemberFacts } from '../metrics/member-facts.ts';
import type { IpvsMember } from './ipvs-text.ts';
import { type IpvsState, isSame, lvsStatistics, presentMembers } from './lvs-statistics.ts';
import type { LvsText } from './lvs-text.ts';

/**
 * Returns the members of an enabled UDP or SCTP listener, with their states as in heartbeats. The kernel has no queue, no
 * checks and no errors.
 * @param isRestarting as in lvsStatistics()
 */
export function lvsMembers(
  listener: string,
  text: LvsText,
  kernel: IpvsState,
  isRestarting: boolean,
): MemberFacts[] {
  const { pool } = lvsStatistics(listener, text, kernel, isRestarting);
  if (pool === undefined) return [];
  const present = presentMembers(text, kernel);
  return [...pool.members].map(([member, state]) => {
    const endpoint = text.pool?.members.find(({ id }) => id === member);
    // a listener with several VIPs has a row of the member for each of them
    const rows = endpoint === undefined ? [] : present.filter((row) => isSame(row, endpoint));
    return {
      ...{ loadBalancer: text.loadBalancerId ?? listener, listener, pool: pool.id, member, state },
      weight: `${rows[0]?.weight ?? ''}`,
      sessions: rows.length === 0 ? '' : `${rows.reduce((sum, row) => sum + sessionsOf(row), 0)}`,
      ...{ queue: '', checkSeconds: '', stateAgeSeconds: '' },
      ...{ connectionErrors: '', responseErrors: '', checkErrors: '' },
    };
  });
}

/** IPVS counts what it remembers of UDP as inactive connections. */
const sessionsOf = ({ activeConnections, inactiveConnections }: IpvsMember): number =>
  activeConnections + inactiveConnections;
