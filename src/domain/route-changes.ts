import { type IpVersion, ipVersion, prefixLengthOf } from './addresses.ts';
import type { BatchLine } from './batch-line.ts';
import { type InterfaceRoute, MAIN_TABLE } from './interface-file.ts';
import type { InterfaceState, KernelRoute } from './interface-state.ts';

/** The kernel's metric of a route that is added without one. */
const DEFAULT_METRIC: Readonly<Record<IpVersion, number>> = { 4: 0, 6: 1024 };

/**
 * The part of interfaceDiff about routes. The kernel holds one route for a destination in a table, so of several wanted
 * ones the first counts, as it does when they are added one by one.
 * @param connected networks whose route in table main comes with an address that is added in the same batch
 */
export function routeChanges(
  routes: readonly InterfaceRoute[],
  state: InterfaceState,
  connected: ReadonlySet<string>,
): { additions: BatchLine[]; removals: BatchLine[] } {
  const wanted = firstPerSlot(routes);
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
    additions: additions.map((route) => additionLine(route, state)),
    removals: unwanted.map((route) => ({
      version: ipVersion(route.destination),
      text: `route del ${routeText(route, state.name)} metric ${route.metric} protocol static`,
      optional: false,
    })),
  };
}

const slotOf = ({ destination, table }: InterfaceRoute | KernelRoute): string =>
  `${destination} table ${table}`;

function firstPerSlot(routes: readonly InterfaceRoute[]): InterfaceRoute[] {
  const slots = new Map<string, InterfaceRoute>();
  for (const route of routes) if (!slots.has(slotOf(route))) slots.set(slotOf(route), route);
  return [...slots.values()];
}

/** A route of another origin serves as well: the kernel's own for a subnet, keepalived's in table 1, DHCP's default. */
function satisfies(existing: KernelRoute, wanted: InterfaceRoute): boolean {
  if (slotOf(existing) !== slotOf(wanted) || existing.gateway !== wanted.gateway) return false;
  const anySource = wanted.preferredSource === undefined && existing.origin !== 'static';
  return anySource || existing.preferredSource === wanted.preferredSource;
}

/** Whether adding the wanted route would fail because of the existing one; it is replaced then. */
const isInTheWay = (existing: KernelRoute, wanted: InterfaceRoute): boolean =>
  slotOf(existing) === slotOf(wanted) && existing.metric === DEFAULT_METRIC[ipVersion(wanted.destination)];

const comesWithAddress = (route: InterfaceRoute, connected: ReadonlySet<string>): boolean =>
  route.table === MAIN_TABLE &&
  route.gateway === undefined &&
  route.preferredSource === undefined &&
  connected.has(route.destination);

/** As a source the kernel takes only an IPv6 address that has passed duplicate address detection. */
function isPossible({ preferredSource }: InterfaceRoute, state: InterfaceState): boolean {
  if (preferredSource === undefined || ipVersion(preferredSource) === 4) return true;
  return state.addresses.some(({ address, tentative }) => address === preferredSource && !tentative);
}

function additionLine(route: InterfaceRoute, state: InterfaceState): BatchLine {
  const replaces = state.routes.some(
    (existing) => existing.origin !== 'kernel' && isInTheWay(existing, route),
  );
  const details = [
    route.scope === undefined ? '' : ` scope ${route.scope}`,
    route.preferredSource === undefined ? '' : ` src ${route.preferredSource}`,
    route.onlink ? ' onlink' : '',
  ];
  return {
    version: ipVersion(route.destination),
    text: `route ${replaces ? 'replace' : 'add'} ${routeText(route, state.name)}${details.join('')} protocol static`,
    optional: isHostRoute(route),
  };
}

const isHostRoute = ({ gateway, destination }: InterfaceRoute): boolean =>
  gateway !== undefined && prefixLengthOf(destination) > 0;

/** The version before the gateway keeps ip from giving up the whole batch where it isn't the destination's. */
function routeText({ destination, gateway, table }: InterfaceRoute | KernelRoute, name: string): string {
  const via = gateway === undefined ? '' : ` via ${ipVersion(gateway) === 4 ? 'inet' : 'inet6'} ${gateway}`;
  return `${destination}${via} dev ${name} table ${table}`;
}
