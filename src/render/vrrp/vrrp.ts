import { defaultRoute, hostLength, ipVersion } from '../../domain/network/addresses.ts';
import { VIP_TABLE } from '../../domain/network/interface-plan.ts';
import type { SubnetAddress } from '../../domain/network/plug-request.ts';
import type { VrrpModel } from '../../schemas/models/vrrp.ts';
import type { RenderTemplate } from '../templates.ts';

export interface VrrpSettings {
  /** absolute path of the script with which keepalived checks whether this amphora serves */
  readonly checkScript: string;
}

const RULE_PRIORITY = 100;

/**
 * Renders keepalived.conf for the VRRP of a pair. Every amphora begins as BACKUP and none preempts, so the priority only
 * decides the first election.
 */
export function renderVrrp(render: RenderTemplate, model: VrrpModel, { checkScript }: VrrpSettings): string {
  const version = ipVersion(model.source);
  const isOwnVersion = ({ address }: SubnetAddress): boolean => ipVersion(address) === version;
  const advertised = model.vips.filter(isOwnVersion);
  return render('vrrp-keepalived.conf.njk', {
    ...model,
    checkScript,
    // VRRP version 3, which IPv6 uses, has no authentication (RFC 5798, section 9)
    authentication: version === 4 ? (model.authentication ?? null) : null,
    peers: model.peers.length > 0 ? model.peers : advertised.slice(0, 1).map(({ address }) => address),
    advertised: advertised.map(({ address }) => address),
    excluded: model.vips.filter((vip) => !isOwnVersion(vip)).map(({ address }) => address),
    routes: routesOf(model),
    rules: model.vips.map(
      ({ address }) => `from ${address}/${hostLength(address)} table ${VIP_TABLE} priority ${RULE_PRIORITY}`,
    ),
  });
}

/** Returns the routes with which a VIP's packets leave by its own subnet. VIPs that share a route get it only once. */
function routesOf({ vips, interfaceName }: VrrpModel): string[] {
  const routes = new Map<string, string>();
  const add = (destination: string, scope: string): void => {
    if (!routes.has(destination))
      routes.set(destination, `${destination} dev ${interfaceName} ${scope} table ${VIP_TABLE}`);
  };
  for (const { address, subnet, gateway, hostRoutes } of vips) {
    add(subnet, `src ${address} scope link`);
    if (gateway !== undefined) add(`default via ${gateway}`, 'onlink');
    for (const { destination, nexthop } of hostRoutes) {
      const isDefault = destination === defaultRoute(ipVersion(destination));
      add(`${isDefault ? 'default' : destination} via ${nexthop}`, 'onlink');
    }
  }
  return [...routes.values()];
}
