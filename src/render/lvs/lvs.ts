import { type IpVersion, ipVersion, versionsAmong } from '../../domain/network/addresses.ts';
import { AMPHORA_NAMESPACE } from '../../domain/paths.ts';
import { vipAddresses } from '../../schemas/models/checks/lvs-checks.ts';
import { DEFAULT_CONNECTION_LIMIT, type ListenerModel } from '../../schemas/models/listener.ts';
import type { LoadBalancerModel } from '../../schemas/models/load-balancer.ts';
import type { MemberModel } from '../../schemas/models/member.ts';
import type { PoolModel } from '../../schemas/models/pool.ts';
import type { RenderTemplate } from '../templates.ts';
import { type CheckScripts, checkOf } from './checks.ts';

/** The kernel's schedulers with weights (ipvsadm(8)). `sh-port` includes the client's port in the hash. */
const SCHEDULERS: Record<PoolModel['lb_algorithm'], readonly string[]> = {
  ROUND_ROBIN: ['lb_algo wrr'],
  LEAST_CONNECTIONS: ['lb_algo wlc'],
  SOURCE_IP: ['lb_algo sh'],
  SOURCE_IP_PORT: ['lb_algo sh', 'sh-port'],
};

/**
 * Renders keepalived's configuration of a UDP or SCTP listener: a virtual server for each IP version that has both VIPs
 * and members.
 * @param listener a listener of the load balancer
 */
export function renderLvs(
  render: RenderTemplate,
  loadBalancer: LoadBalancerModel,
  listener: ListenerModel,
  scripts: CheckScripts,
): string {
  const isEnabled = loadBalancer.admin_state_up && listener.admin_state_up;
  const pool = isEnabled ? listener.default_pool : undefined;
  return render('lvs-keepalived.conf.njk', {
    loadBalancer,
    listener,
    namespace: AMPHORA_NAMESPACE,
    pool: pool ?? null,
    monitor: pool?.healthmonitor ?? null,
    disabledMembers: pool?.members.filter(({ admin_state_up }) => !admin_state_up) ?? [],
    groups: pool === undefined ? [] : groupsOf(vipAddresses(loadBalancer), listener, pool, scripts),
  });
}

/** Returns keepalived's virtual server groups, one for each IP version of the VIPs. */
const groupsOf = (
  vips: readonly string[],
  listener: ListenerModel,
  pool: PoolModel,
  scripts: CheckScripts,
): object[] =>
  versionsAmong(vips).map((version) => ({
    name: `ipv${version}-group`,
    vips: vips.filter((vip) => ipVersion(vip) === version),
    members: membersOf(listener, pool, version, scripts),
    settings: serviceSettings(listener, pool, version),
  }));

function serviceSettings({ protocol }: ListenerModel, pool: PoolModel, version: IpVersion): string[] {
  const { lb_algorithm, healthmonitor } = pool;
  return [
    ...SCHEDULERS[lb_algorithm],
    'lb_kind NAT',
    `protocol ${protocol}`,
    ...persistenceSettings(pool, version),
    ...(healthmonitor?.admin_state_up ? [`delay_loop ${healthmonitor.delay}`] : []),
  ];
}

const DEFAULT_PERSISTENCE_SECONDS = 360;
/**
 * The granularity of a single client, which is the default (keepalived.conf(5)): a netmask in IPv4, a prefix length in
 * IPv6.
 */
const ONE_CLIENT = { 4: '255.255.255.255', 6: '128' } as const;

function persistenceSettings({ session_persistence }: PoolModel, version: IpVersion): string[] {
  if (session_persistence === undefined) return [];
  const { persistence_timeout, persistence_granularity: given } = session_persistence;
  const isOwn = given !== undefined && given.includes('.') === (version === 4);
  return [
    `persistence_timeout ${persistence_timeout ?? DEFAULT_PERSISTENCE_SECONDS}`,
    `persistence_granularity ${isOwn ? given : ONE_CLIENT[version]}`,
  ];
}

function membersOf(
  { connection_limit }: ListenerModel,
  pool: PoolModel,
  version: IpVersion,
  scripts: CheckScripts,
): object[] {
  if (!pool.admin_state_up) return [];
  const isServing = ({ address, admin_state_up }: MemberModel): boolean =>
    admin_state_up && ipVersion(address) === version;
  return pool.members.filter(isServing).map((member) => ({
    ...member,
    limit: connection_limit === DEFAULT_CONNECTION_LIMIT ? null : connection_limit,
    check: checkOf(pool, member, scripts),
  }));
}
