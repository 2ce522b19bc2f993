import { ipVersion, versionsAmong } from '../../../domain/network/addresses.ts';
import type { HealthMonitorModel } from '../health-monitor.ts';
import type { ListenerModel } from '../listener.ts';
import type { LoadBalancerModel } from '../load-balancer.ts';
import type { PoolModel } from '../pool.ts';

type Path = readonly PropertyKey[];
type Fault = (path: Path, message: string) => void;

/** The monitor types that each pool protocol allows (Octavia's API reference, "Create Health Monitor"). */
const MONITORS: Partial<Record<PoolModel['protocol'], readonly HealthMonitorModel['type'][]>> = {
  UDP: ['UDP-CONNECT', 'HTTP', 'TCP'],
  SCTP: ['SCTP', 'HTTP', 'TCP'],
};
/**
 * The longest timeout in seconds. keepalived's limit is 4294, and the script for SCTP gets one second more than its
 * monitor.
 */
const LONGEST_TIMEOUT = 4293;

/** Returns the addresses of a load balancer's VIPs. */
export const vipAddresses = ({ vip_address, additional_vips }: LoadBalancerModel): string[] => [
  ...new Set([vip_address, ...additional_vips.map(({ ip_address }) => ip_address)]),
];

/** Checks the limits of keepalived and the kernel for the pool of a UDP or SCTP listener. */
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
    fault([...at, 'healthmonitor', 'type'], `${monitor.type} cannot be combined with ${pool.protocol} pools`);
  if (monitor !== undefined && monitor.timeout > LONGEST_TIMEOUT)
    fault(
      [...at, 'healthmonitor', 'timeout'],
      `longer than ${LONGEST_TIMEOUT} s, the longest timeout for ${pool.protocol}`,
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
      fault(
        [...place, index, 'address'],
        `no VIP is IPv${version}, and LVS cannot translate between IP versions`,
      );
    const first = members.findIndex(
      (other) => other.address === address && other.protocol_port === protocol_port,
    );
    if (first < index) fault([...place, index, 'address'], `members[${first}] has the same address and port`);
  }
}

/** Whether a text is a netmask of ones followed by zeros, as in 255.255.240.0, or the length of an IPv6 prefix. */
function isGranularity(text: string | undefined): boolean {
  if (text === undefined) return true;
  if (!text.includes('.')) return Number(text) >= 1 && Number(text) <= 128;
  const bytes = text.split('.').map(Number);
  const bits = bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return bytes.every((byte) => byte <= 255) && /^1+0*$/.test(bits);
}
