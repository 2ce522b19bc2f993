import { type IpVersion, ipVersion, prefixLengthOf } from './addresses.ts';
import type { BatchLine } from './batch-line.ts';
import { type InterfaceFile, type InterfaceRoute, MAIN_TABLE } from './interface-file.ts';
import type { InterfaceState, KernelRoute } from './interface-state.ts';
import type { HostRoute } from './plug-request.ts';

/** The metric that the kernel gives to a route that is added without one. */
const DEFAULT_METRIC: Readonly<Record<IpVersion, number>> = { 4: 0, 6: 1024 };

/**
 * Returns the changes of routes for interfaceDiff. The kernel holds one route per destination and table. When several are
 * wanted, the first one counts, as when they are added one by one.
 * @param connected networks whose route in table main comes with an address of the same batch
 */
export function routeChanges(
  file: Pick<InterfaceFile, 'type' | 'routes'>,
  state: InterfaceState,
  connected: ReadonlySet<string>,
): { additions: BatchLine[]; removals: BatchLine[] } {
  const wanted = firstPerSlot(file.routes);
  const missing = wanted.filter((route) => !state.routes.some((existing) => satisfies(existing, route)));
  const additions = missing.filter(
    (route) => isPossible(route, state) && !comesWithAddress(route, connected),
  );
  const isUnwanted = (existing: KernelRoute): boolean =>
    existing.origin === 'static' &&
    !wanted.some((route) => satisfies(existing, route)) &&
    !missing.some((route) => isInTheWay(existing, route));
  const unwanted = state.routes.filter(isUnwanted);
  return {
    additions: additions.map((route) => additionLine(route, state, isOwnRoute(file, route))),
    removals: unwanted.map((route) => ({
      version: ipVersion(route.destination),
      text: `route del ${routeText(route, state.name)} metric ${route.metric} protocol static`,
      optional: false,
    })),
  };
}

/**
 * Returns routes that somebody added without an entry in the file. The kernel, DHCP, router advertisements and keepalived have
 * routes of their own, with other origins.
 */
export function strangeRoutes(
  file: Pick<InterfaceFile, 'routes'>,
  state: InterfaceState,
): readonly KernelRoute[] {
  const wanted = firstPerSlot(file.routes);
  return state.routes.filter(
    (existing) =>
      (existing.origin === 'static' || existing.origin === 'boot') &&
      !wanted.some((route) => satisfies(existing, route) || isInTheWay(existing, route)),
  );
}

const slotOf = ({ destination, table }: InterfaceRoute | KernelRoute): string =>
  `${destination} table ${table}`;

function firstPerSlot(routes: readonly InterfaceRoute[]): InterfaceRoute[] {
  const slots = new Map<string, InterfaceRoute>();
  for (const route of routes) if (!slots.has(slotOf(route))) slots.set(slotOf(route), route);
  return [...slots.values()];
}

/**
 * Whether an existing route serves. Its origin may differ: the kernel's for a subnet, keepalived's in table 1, DHCP's
 * default.
 */
function satisfies(existing: KernelRoute, wanted: InterfaceRoute): boolean {
  if (slotOf(existing) !== slotOf(wanted) || existing.gateway !== wanted.gateway) return false;
  const anySource = wanted.preferredSource === undefined && existing.origin !== 'static';
  return anySource || existing.preferredSource === wanted.preferredSource;
}

/** Whether the existing route makes adding the wanted one fail. The wanted route then replaces it. */
const isInTheWay = (existing: KernelRoute, wanted: InterfaceRoute): boolean =>
  slotOf(existing) === slotOf(wanted) && existing.metric === DEFAULT_METRIC[ipVersion(wanted.destination)];

const comesWithAddress = (route: InterfaceRoute, connected: ReadonlySet<string>): boolean =>
  route.table === MAIN_TABLE &&
  route.gateway === undefined &&
  route.preferredSource === undefined &&
  connected.has(route.destination);

/** Whether the kernel accepts the route's source: an IPv6 source must have passed duplicate address detection. */
function isPossible({ preferredSource }: InterfaceRoute, state: InterfaceState): boolean {
  if (preferredSource === undefined || ipVersion(preferredSource) === 4) return true;
  return state.addresses.some(({ address, tentative }) => address === preferredSource && !tentative);
}

/** @param isOwn a required route; as a default route it takes precedence over a host route of another interface */
function additionLine(route: InterfaceRoute, state: InterfaceState, isOwn: boolean): BatchLine {
  const replaces =
    (isOwn && prefixLengthOf(route.destination) === 0) ||
    state.routes.some((existing) => existing.origin !== 'kernel' && isInTheWay(existing, route));
  const details = [
    route.scope === undefined ? '' : ` scope ${route.scope}`,
    route.preferredSource === undefined ? '' : ` src ${route.preferredSource}`,
    route.onlink ? ' onlink' : '',
  ];
  return {
    version: ipVersion(route.destination),
    text: `route ${replaces ? 'replace' : 'add'} ${routeText(route, state.name)}${details.join('')} protocol static`,
    optional: !isOwn,
  };
}

/** Returns the line that adds a host route to table main. */
export const hostRouteLine = ({ destination, nexthop }: HostRoute, name: string): BatchLine => {
  const route = { destination, gateway: nexthop, table: MAIN_TABLE };
  const text = `route add ${routeText(route, name)} onlink protocol static`;
  return { version: ipVersion(destination), text, optional: true };
};

/**
 * Whether a route is the interface's own: a route to a subnet, or the default route of a VIP. All others are host routes
 * from users, who may also write default routes. An interface file doesn't mark the difference, but its order does, in
 * Octavia's files and in this agent's: the default routes of a VIP precede the route to its subnet, and its host routes
 * follow it.
 */
function isOwnRoute(
  { type, routes }: Pick<InterfaceFile, 'type' | 'routes'>,
  route: InterfaceRoute,
): boolean {
  if (route.gateway === undefined) return true;
  if (type !== 'vip' || prefixLengthOf(route.destination) > 0) return false;
  const version = ipVersion(route.destination);
  const before = routes.slice(0, routes.indexOf(route));
  return !before.some(
    ({ gateway, destination }) => gateway === undefined && ipVersion(destination) === version,
  );
}

/**
 * The IP version before the gateway matters when it differs from the destination's: without it, ip aborts the whole batch.
 */
function routeText(
  { destination, gateway, table }: Pick<InterfaceRoute, 'destination' | 'gateway' | 'table'>,
  name: string,
): string {
  const via = gateway === undefined ? '' : ` via ${ipVersion(gateway) === 4 ? 'inet' : 'inet6'} ${gateway}`;
  return `${destination}${via} dev ${name} table ${table}`;
}
