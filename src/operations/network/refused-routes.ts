import { MAIN_TABLE } from '../../domain/network/interface-file.ts';
import type { InterfaceState, KernelRoute } from '../../domain/network/interface-state.ts';
import type { HostRoute, SubnetAddress } from '../../domain/network/plug-request.ts';
import { hostRouteLine } from '../../domain/network/route-changes.ts';
import type { InterfaceContext } from '../interfaces/interface-context.ts';

/**
 * Returns the host routes of a plug that are missing in table main afterwards, each with the reason. Users write host
 * routes, so the kernel may refuse any of them. A refusal is logged, and the plug still succeeds. A missing route is added
 * once more to get the error message of the kernel.
 * @param places all addresses of the plug, with their host routes
 * @returns texts such as `0.0.0.0/0 via 10.0.0.1: RTNETLINK answers: File exists`
 */
export async function refusedRoutes(
  { host, logger }: Pick<InterfaceContext, 'host' | 'logger'>,
  name: string,
  places: readonly SubnetAddress[],
): Promise<string[]> {
  const routes = places.flatMap(({ hostRoutes }) => hostRoutes);
  if (routes.length === 0) return [];
  const state = await host.network.state(name);
  const refused = new Map<string, string>();
  for (const route of routes) {
    const text = `${route.destination} via ${route.nexthop}`;
    const existing = routesTo(route, state);
    if (refused.has(text) || existing.some(({ gateway }) => gateway === route.nexthop)) continue;
    const reason = takenBy(existing, name) ?? (await kernelRefusal({ host }, name, route));
    if (reason === undefined) continue;
    refused.set(text, reason);
    logger.warn({ interface: name, route: text, reason }, 'host route refused');
  }
  return [...refused].map(([text, reason]) => `${text}: ${reason}`);
}

const routesTo = ({ destination }: HostRoute, { routes }: InterfaceState): KernelRoute[] =>
  routes.filter((route) => route.table === MAIN_TABLE && route.destination === destination);

/** The kernel holds one route to a destination. The first one in the plug wins. */
const takenBy = ([existing]: readonly KernelRoute[], name: string): string | undefined =>
  existing &&
  `${name} has a route to it already, ${existing.gateway === undefined ? 'on the link' : `via ${existing.gateway}`}`;

/** @returns undefined when the kernel now accepts the route */
async function kernelRefusal(
  { host }: Pick<InterfaceContext, 'host'>,
  name: string,
  route: HostRoute,
): Promise<string | undefined> {
  const { text, version } = hostRouteLine(route, name);
  const output = await host.network.applyBatch([text], version);
  return output.replace(/\s*Command failed .*$/s, '').trim() || undefined;
}
