import {
  defaultRoute,
  hostLength,
  type IpVersion,
  ipVersion,
  prefixLengthOf,
  versionsAmong,
} from './addresses.ts';
import {
  type InterfaceAddress,
  type InterfaceFile,
  type InterfaceRoute,
  type InterfaceRule,
  MAIN_TABLE,
  type StaticAddress,
} from './interface-file.ts';
import type { PlugNetworkRequest, PlugVipRequest, SubnetAddress } from './plug-request.ts';

export type Topology = 'SINGLE' | 'ACTIVE_STANDBY';

/** The interface of the VIPs. Its name is fixed. */
export const VIP_INTERFACE = 'eth1';
export const LOOPBACK = 'lo';

/** The routing table for packets from a VIP. They leave by the VIP's own subnet, whatever table main contains. */
export const VIP_TABLE = 1;

const NO_SCRIPTS = { up: [], down: [] };

/** The wanted state of lo. */
export const loopbackPlan: InterfaceFile = {
  name: LOOPBACK,
  type: 'lo',
  mtu: undefined,
  addresses: [staticAddress('127.0.0.1', 8)],
  routes: [],
  rules: [],
  scripts: NO_SCRIPTS,
  isSriov: false,
};

/**
 * Plans the VIP's interface after a plug (docs/contract.md, section 8). With ACTIVE_STANDBY, keepalived adds the VIPs and
 * the routes and rules of table 1, so the plan holds only host routes.
 */
export function planVip(request: PlugVipRequest, topology: Topology): InterfaceFile {
  const single = topology === 'SINGLE';
  return {
    name: VIP_INTERFACE,
    type: 'vip',
    mtu: request.mtu,
    addresses: [
      ...portAddresses(request),
      ...request.vips.map(({ address }) => staticAddress(address, hostLength(address), single)),
      ...request.fixedIps.map(({ address, subnet }) => staticAddress(address, prefixLengthOf(subnet))),
    ],
    routes: [
      ...request.vips.flatMap((vip) => vipRoutes(vip, single)),
      ...request.fixedIps.flatMap((fixedIp) => [
        ...gatewayRoutes(fixedIp, single),
        ...hostRoutes(fixedIp, MAIN_TABLE),
      ]),
    ],
    rules: single ? request.vips.map(vipRule) : [],
    scripts: NO_SCRIPTS,
    isSriov: request.isSriov,
  };
}

/** Plans the interface of a member network after a plug (docs/contract.md, section 8). */
export function planNetwork(name: string, request: PlugNetworkRequest): InterfaceFile {
  const { fixedIps } = request;
  return {
    name,
    type: 'backend',
    mtu: request.mtu,
    addresses:
      fixedIps.length === 0
        ? [{ kind: 'automatic', dhcp: true, ipv6auto: true }]
        : fixedIps.map(({ address, subnet }) => staticAddress(address, prefixLengthOf(subnet))),
    routes: fixedIps.flatMap((fixedIp) => hostRoutes(fixedIp, MAIN_TABLE)),
    rules: [],
    scripts: NO_SCRIPTS,
    isSriov: request.isSriov,
  };
}

function portAddresses({ vrrp, vips }: PlugVipRequest): InterfaceAddress[] {
  if (vrrp !== undefined) return [staticAddress(vrrp.address, prefixLengthOf(vrrp.subnet))];
  return versionsOf(vips).map((version) => ({
    kind: 'automatic',
    dhcp: version === 4,
    ipv6auto: version === 6,
  }));
}

/** Returns the IP versions of some addresses, IPv4 first. */
export const versionsOf = (places: readonly SubnetAddress[]): IpVersion[] =>
  versionsAmong(places.map(({ address }) => address));

function staticAddress(address: string, prefixLength: number, octaviaOwned?: boolean): StaticAddress {
  return { kind: 'static', address, prefixLength, octaviaOwned };
}

function vipRoutes(vip: SubnetAddress, single: boolean): InterfaceRoute[] {
  return [
    ...gatewayRoutes(vip, single),
    subnetRoute(vip.subnet, MAIN_TABLE, undefined),
    ...(single ? [subnetRoute(vip.subnet, VIP_TABLE, vip.address)] : []),
    ...hostRoutes(vip, MAIN_TABLE),
    ...hostRoutes(vip, VIP_TABLE),
  ];
}

function gatewayRoutes({ gateway }: SubnetAddress, single: boolean): InterfaceRoute[] {
  if (gateway === undefined) return [];
  const destination = defaultRoute(ipVersion(gateway));
  const tables = single ? [MAIN_TABLE, VIP_TABLE] : [MAIN_TABLE];
  return tables.map((table) => onlinkRoute(destination, gateway, table));
}

const hostRoutes = (subnet: SubnetAddress, table: number): InterfaceRoute[] =>
  subnet.hostRoutes.map(({ destination, nexthop }) => onlinkRoute(destination, nexthop, table));

/**
 * The gateway may lie outside the interface's subnets and may be down: `onlink` makes the kernel accept it as a neighbour.
 */
function onlinkRoute(destination: string, gateway: string, table: number): InterfaceRoute {
  return { destination, table, gateway, onlink: true, preferredSource: undefined, scope: undefined };
}

function subnetRoute(
  destination: string,
  table: number,
  preferredSource: string | undefined,
): InterfaceRoute {
  return { destination, table, gateway: undefined, onlink: false, preferredSource, scope: 'link' };
}

const vipRule = ({ address }: SubnetAddress): InterfaceRule => ({
  source: address,
  sourceLength: hostLength(address),
  table: VIP_TABLE,
});
