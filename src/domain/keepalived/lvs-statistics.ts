import type { ListenerStatistics, PoolStatistics } from '../haproxy/statistics.ts';
import type { TrafficCounters } from '../heartbeat/counters.ts';
import type { IpvsCounters, IpvsMember, IpvsService } from './ipvs-text.ts';
import type { LvsEndpoint, LvsPool, LvsText } from './lvs-text.ts';

/** The state of all LVS listeners in the kernel. */
export interface IpvsState {
  readonly services: readonly IpvsService[];
  /** undefined when the counters are unavailable */
  readonly counters: readonly IpvsCounters[] | undefined;
}

/** The state on a kernel without IPVS. */
export const NO_IPVS: IpvsState = { services: [], counters: undefined };

/** The statistics of one UDP or SCTP listener in a heartbeat. */
export interface LvsStatistics {
  readonly listener: ListenerStatistics;
  /** undefined when the listener has no pool, or a disabled one */
  readonly pool: PoolStatistics | undefined;
}

/**
 * Returns the statistics of an enabled UDP or SCTP listener over all its VIPs.
 * @param isRestarting whether keepalived may still be adding the members to the kernel
 */
export function lvsStatistics(
  listenerId: string,
  text: LvsText,
  kernel: IpvsState,
  isRestarting: boolean,
): LvsStatistics {
  const present = presentMembers(text, kernel);
  return {
    listener: {
      id: listenerId,
      status: 'OPEN',
      connections: sum(present.map(({ activeConnections }) => activeConnections)),
      counters: kernel.counters && trafficOf(kernel.counters.filter((service) => isOwn(text, service))),
    },
    pool: text.pool && poolStatistics(listenerId, text.pool, present, isRestarting),
  };
}

/** Returns the rows of a listener's members in the kernel's table, over all its VIPs. */
export const presentMembers = (text: LvsText, kernel: IpvsState): IpvsMember[] =>
  kernel.services.filter((service) => isOwn(text, service)).flatMap(({ members }) => members);

const isOwn = (text: LvsText, service: LvsEndpoint & { readonly protocol: string }): boolean =>
  service.protocol === text.protocol && text.services.some((own) => isSame(own, service));

/** Returns the active connections of a member over all VIPs of its listener; undefined when IPVS has no such member. */
export function lvsMemberConnections(
  text: LvsText,
  kernel: IpvsState,
  member: LvsEndpoint,
): number | undefined {
  const rows = presentMembers(text, kernel).filter((row) => isSame(row, member));
  return rows.length === 0 ? undefined : sum(rows.map(({ activeConnections }) => activeConnections));
}

/** Whether two endpoints are the same. */
export const isSame = (one: LvsEndpoint, other: LvsEndpoint): boolean =>
  one.address === other.address && one.port === other.port;

const sum = (numbers: readonly number[]): number =>
  Math.min(
    numbers.reduce((total, number) => total + number, 0),
    Number.MAX_SAFE_INTEGER,
  );

const trafficOf = (counters: readonly IpvsCounters[]): TrafficCounters => ({
  bin: sum(counters.map(({ inBytes }) => inBytes)),
  bout: sum(counters.map(({ outBytes }) => outBytes)),
  ereq: 0,
  stot: sum(counters.map(({ connections }) => connections)),
});

function poolStatistics(
  listenerId: string,
  pool: LvsPool,
  present: readonly IpvsMember[],
  isRestarting: boolean,
): PoolStatistics {
  const found = pool.members.map((member) => ({ member, row: present.find((row) => isSame(row, member)) }));
  const statuses = found.map(({ member, row }): [string, string] => [
    member.id,
    memberStatus(row, pool.isMonitored, isRestarting),
  ]);
  const isDown = pool.isMonitored && found.length > 0 && found.every(({ row }) => row === undefined);
  return {
    id: pool.id,
    listenerId,
    key: pool.id,
    status: isDown ? 'DOWN' : 'UP',
    members: new Map([...statuses, ...pool.disabledMembers.map((id): [string, string] => [id, 'MAINT'])]),
  };
}

function memberStatus(row: IpvsMember | undefined, isMonitored: boolean, isRestarting: boolean): string {
  if (row?.weight === 0) return 'DRAIN';
  if (!isMonitored) return 'no check';
  if (row !== undefined) return 'UP';
  return isRestarting ? 'RESTARTING' : 'DOWN';
}
