import { contains } from './addresses.ts';
import type { InterfaceFile, InterfaceRoute, StaticAddress } from './interface-file.ts';

/**
 * Plans the VIP's interface after a re-plug: the plan of the request, plus the interface's existing VIPs that the request
 * doesn't name. Controllers send no additional VIPs together with vip_net_info, and a load balancer never loses a
 * VIP.
 */
export function replugVip(before: InterfaceFile, plan: InterfaceFile): InterfaceFile {
  const kept = before.addresses.filter(isVip).filter((vip) => !hasAddress(plan, vip));
  const isKept = (address: string): boolean => kept.some((vip) => vip.address === address);
  const isPlanned = (subnet: string): boolean =>
    plan.routes.some(({ destination }) => destination === subnet);
  const subnets = new Set(
    before.routes
      .filter(({ scope, destination }) => scope === 'link' && !isPlanned(destination))
      .map(({ destination }) => destination)
      .filter((subnet) => kept.some((vip) => contains(subnet, vip.address))),
  );
  const routes = before.routes.filter(({ destination, gateway }) =>
    gateway === undefined
      ? subnets.has(destination)
      : [...subnets].some((subnet) => contains(subnet, gateway)),
  );
  return {
    ...plan,
    mtu: plan.mtu ?? before.mtu,
    addresses: [...plan.addresses, ...kept],
    routes: withRoutes(plan.routes, routes),
    rules: [...plan.rules, ...before.rules.filter(({ source }) => isKept(source))],
    isSriov: plan.isSriov || before.isSriov,
  };
}

/**
 * Plans the VIP's interface after a plug that treats it as a member network's: its present state, plus the addresses and
 * routes of the plan. Controllers without vip_net_info plug it this way. The VIPs stay.
 */
export function addNetworkToVip(before: InterfaceFile, plan: InterfaceFile): InterfaceFile {
  const added = plan.addresses
    .filter((entry) => entry.kind === 'static')
    .filter((entry) => !hasAddress(before, entry));
  return {
    ...before,
    mtu: plan.mtu ?? before.mtu,
    addresses: [...before.addresses, ...added],
    routes: withRoutes(before.routes, plan.routes),
  };
}

const isVip = (entry: InterfaceFile['addresses'][number]): entry is StaticAddress =>
  entry.kind === 'static' && entry.octaviaOwned !== undefined;

const hasAddress = (file: InterfaceFile, { address }: StaticAddress): boolean =>
  file.addresses.some((entry) => entry.kind === 'static' && entry.address === address);

/** Adds routes. The first route to a destination in a table counts, so later ones are left out. */
function withRoutes(routes: readonly InterfaceRoute[], more: readonly InterfaceRoute[]): InterfaceRoute[] {
  const isTaken = (route: InterfaceRoute): boolean =>
    routes.some(({ destination, table }) => destination === route.destination && table === route.table);
  return [...routes, ...more.filter((route) => !isTaken(route))];
}
