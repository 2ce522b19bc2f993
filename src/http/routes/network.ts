import type { ApiVersion } from '../../domain/api-version.ts';
import { plugNetwork } from '../../operations/network/plug-network.ts';
import { findInterface, findVipInterface, plugVip } from '../../operations/network/plug-vip.ts';
import { setVipRules, tryVipRules } from '../../operations/network/vip-firewall.ts';
import { interfaceAnswer } from '../../schemas/answers.ts';
import { firewallRulesBody, parseFirewallRules } from '../../schemas/firewall-rules.ts';
import { parsePlugVip, plugVipBody } from '../../schemas/plug.ts';
import { parsePlugNetwork, plugNetworkBody } from '../../schemas/plug-network.ts';
import { ok } from '../replies/replies.ts';
import { jsonBody } from './bodies.ts';
import { BOTH, type Route, route, uploadRoute } from './route.ts';

/** The routes for the interfaces of the VIPs and of member networks. */
export const NETWORK_ROUTES: readonly Route[] = [
  route(
    BOTH,
    ['POST', 'PUT'],
    '/plug/vip/:vip',
    {
      summary: 'Configure the interface of the VIPs',
      body: jsonBody(plugVipBody),
      success: 202,
      failures: [404, 409],
    },
    async (context, request) => {
      const plugged = await plugVip(context, parsePlugVip(request.parameter('vip'), request.json()));
      return ok(202, plugText(request.version, plugged) + routesText(plugged));
    },
  ),
  route(
    BOTH,
    ['POST', 'PUT'],
    '/plug/network',
    {
      summary: 'Configure the interface of a member network',
      body: jsonBody(plugNetworkBody),
      success: 202,
      failures: [404, 409],
    },
    async (context, request) => {
      const wanted = parsePlugNetwork(request.json());
      const plugged = await plugNetwork(context, wanted, { refusePlugged: request.version === '0.5' });
      const done = plugged.updated ? 'Updated existing' : 'Plugged on';
      return ok(202, `${done} interface ${plugged.interfaceName}${routesText(plugged)}`);
    },
  ),
  route(
    BOTH,
    'GET',
    '/interface/:address',
    { summary: 'The interface that has an address', answer: interfaceAnswer, failures: [404] },
    async (context, request) => ({
      status: 200,
      body: { message: 'OK', interface: await findInterface(context, request.parameter('address')) },
    }),
  ),
  uploadRoute(
    ['1.0'],
    '/interface/:address/rules',
    {
      summary: 'Set the firewall rules of the VIP interface',
      body: jsonBody(firewallRulesBody),
      failures: [404],
    },
    {
      async dryRun(context, request) {
        await findVipInterface(context, request.parameter('address'));
        return tryVipRules(context, () => parseFirewallRules(request.json()));
      },
      async answer(context, request) {
        await findVipInterface(context, request.parameter('address'));
        await setVipRules(context, parseFirewallRules(request.json()));
        return ok(200);
      },
    },
  ),
];

function plugText(version: ApiVersion, plugged: { interfaceName: string; vips: readonly string[] }): string {
  return version === '0.5'
    ? `VIP ${plugged.vips[0]} plugged on interface ${plugged.interfaceName}`
    : `VIPs plugged on interface ${plugged.interfaceName}: ${plugged.vips.join(', ')}`;
}

const routesText = ({ refusedRoutes }: { refusedRoutes: readonly string[] }): string =>
  refusedRoutes.length === 0 ? '' : `; host routes refused: ${refusedRoutes.join('; ')}`;
