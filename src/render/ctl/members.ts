import type { StatisticsFacts } from '../../schemas/ctl-facts.ts';
import { type Block, numberText, spanText } from './blocks.ts';

type LoadBalancerFacts = StatisticsFacts['load_balancers'][number];
type MemberFacts = LoadBalancerFacts['members'][number];

const HEAD = [
  'member',
  'address',
  'state',
  'weight',
  'sessions',
  'queue',
  'sessions/s',
  'last check',
  'since',
];

/** Returns the load balancers, and the UDP and SCTP listeners. */
export const allLoadBalancers = (statistics: StatisticsFacts): LoadBalancerFacts[] => [
  ...statistics.load_balancers,
  ...statistics.udp_and_sctp_listeners,
];

/** Returns those that a command is about. @param wanted id; undefined: all */
export const chosenLoadBalancers = (
  statistics: StatisticsFacts,
  wanted: string | undefined,
): LoadBalancerFacts[] =>
  allLoadBalancers(statistics).filter(({ id }) => wanted === undefined || id === wanted);

/** Shows the members of load balancers, a table for each pool. */
export function membersBlocks(loadBalancers: readonly LoadBalancerFacts[]): Block[] {
  if (loadBalancers.length === 0) return ['no load balancers'];
  return loadBalancers.flatMap(({ id, answers, members }): Block[] => {
    if (!answers) return [`load balancer ${id}: its haproxy does not answer`];
    if (members.length === 0) return [`load balancer ${id}: no members`];
    const pools = Map.groupBy(members, ({ pool, listener }) => `pool ${pool} of listener ${listener}`);
    return [...pools].flatMap(([pool, ofPool]): Block[] => [
      `load balancer ${id}, ${pool}`,
      { head: HEAD, rows: ofPool.map(memberRow) },
    ]);
  });
}

const memberRow = (member: MemberFacts): string[] => [
  ...memberCells(member),
  spanText(member.changed_seconds),
];

/** Returns the cells of a member from its id to its last check. */
export const memberCells = (member: MemberFacts): string[] => [
  member.id,
  member.address ?? '-',
  member.status,
  numberText(member.weight),
  numberText(member.sessions),
  numberText(member.queue),
  numberText(member.session_rate),
  member.check ?? '-',
];
