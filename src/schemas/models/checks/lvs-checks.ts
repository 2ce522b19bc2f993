import { ipVersion, versionsAmong } from '../../../domain/network/addresses.ts';
import type { HealthMonitorModel } from '../health-monitor.ts';
import type { ListenerModel } from '../listener.ts';
import type { LoadBalancerModel } from '../load-balancer.ts';
import type { PoolModel } from '../pool.ts';

type Path = readonly PropertyKey[];
type Fault = (path: Path, message: string) => void;

/** Which monitors a pool can have (Octavia's API reference, "Create Health Monitor"). */
const MONITORS: Partial<Record<PoolModel['protocol'], readonly HealthMonitorModel['type'][]>> = {
  UDP: ['UDP-CONNECT', 'HTTP', 'TCP'],
  SCTP: ['SCTP', 'HTTP', 'TCP'],
};
/** Seconds; keepalived takes 4294, and the script for SCTP gets one more than its monitor. */
const LONGEST_TIMEOUT = 4293;

/** The addresses that a load balancer is reached under. */
export const vipAddresses = ({ vip_address, additional_vips }: LoadBalancerModel): string[] => [
  ...new Set([vip_address, ...additional_vips.map(({ ip_address }) => ip_address)]),
];

/** What keepalived and the kernel ask of the pool of a UDP or SCTP listener. */
export function checkLvsPool(
  model: LoadBalancerModel,
  { default_pool: pool }: ListenerModel,
  place: Path,
  fault: Fault,
): void {
  if (pool === undefined) return;
  const at = [...place, 'default_pool'];
  checkMembers(model, pool, [...at, 'members'], fault);
  const monitor = pool.healthmonitor;
  if (monitor !== undefined && !MONITORS[pool.protocol]?.includes(monitor.type))
    fault([...at, 'healthmonitor', 'type'], `${monitor.type} doesn't go with a ${pool.protocol} pool`);
  if (monitor !== undefined && monitor.timeout > LONGEST_TIMEOUT)
    fault(
      [...at, 'healthmonitor', 'timeout'],
      `more than ${LONGEST_TIMEOUT} s, the most for ${pool.protocol}`,
    );
  const persistence = pool.session_persistence;
  if (persistence !== undefined && persistence.type !== 'SOURCE_IP')
    fault([...at, 'session_persistence', 'type'], `not SOURCE_IP, the only one for ${pool.protocol}`);
  if (!isGranularity(persistence?.persistence_granularity))
    fault([...at, 'session_persistence', 'persistence_granularity'], 'not a netmask or a prefix length');
}

function checkMembers(model: LoadBalancerModel, { members }: PoolModel, place: Path, fault: Fault): void {
  const versions = versionsAmong(vipAddresses(model));
  for (const [index, { address, protocol_port }] of members.entries()) {
    const version = ipVersion(address);
    if (!versions.includes(version))
      fault([...place, index, 'address'], `no VIP is IPv${version}, and LVS translates to no other version`);
    const first = members.findIndex(
      (other) => other.address === address && other.protocol_port === protocol_port,
    );
    if (first < index) fault([...place, index, 'address'], `also of members[${first}], with the same port`);
  }
}

/** Ones and then zeros, as in 255.255.240.0; or the length of an IPv6 prefix. */
function isGranularity(text: string | undefined): boolean {
  if (text === undefined) return true;
  if (!text.includes('.')) return Number(text) >= 1 && Number(text) <= 128;
  const bytes = text.split('.').map(Number);
  const bits = bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return bytes.every((byte) => byte <= 255) && /^1+0*$/.test(bits);
}
