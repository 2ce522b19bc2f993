import { planEni, planNetworkEni } from '../../domain/network/eni-file.ts';
import type { InterfaceFile } from '../../domain/network/interface-file.ts';
import { freeNetworkName } from '../../domain/network/interface-names.ts';
import { planNetwork, planVip, VIP_INTERFACE } from '../../domain/network/interface-plan.ts';
import type { PlugNetworkRequest } from '../../domain/network/plug-request.ts';
import { addNetworkToVip, replugVip } from '../../domain/network/replug.ts';
import { InterfaceExists, NotFound, PlugFailed } from '../../errors.ts';
import { NETWORKS } from '../context.ts';
import { bringUp } from '../interfaces/bring-up.ts';
import type { PlugPlan } from '../interfaces/interface-format.ts';
import { interfaceFormat } from '../interfaces/interface-formats.ts';
import {
  advertiseAll,
  asPlugFailed,
  isNic,
  type NetworkContext,
  outerNic,
  rememberInterface,
} from './plug-steps.ts';
import { refusedRoutes } from './refused-routes.ts';

export interface PluggedNetwork {
  readonly interfaceName: string;
  /** whether the interface was inside the namespace already; then it has been changed as requested */
  readonly updated: boolean;
  /** host routes that the kernel refused, each with the reason */
  readonly refusedRoutes: readonly string[];
}

/**
 * Moves the NIC of a member network into the namespace under the first free name and configures it. If the NIC is inside
 * already, only the differences from the request are changed (docs/contract.md, section 8). One plug runs at a time.
 * @param options.refusePlugged API 0.5: a NIC that is plugged completely is an error
 * @throws InterfaceExists, NotFound when no NIC has the MAC (the PCI bus is scanned again), PlugFailed with the output of
 *   the command that failed
 */
export const plugNetwork = (
  context: NetworkContext,
  request: PlugNetworkRequest,
  options: { readonly refusePlugged: boolean },
): Promise<PluggedNetwork> =>
  context.queue.run(NETWORKS, async () => {
    await context.host.network.ensure();
    const { network } = context.host;
    const [inside, outside] = await Promise.all([network.links(), network.outerLinks()]);
    const existing = inside.find((link) => isNic(link, request.macAddress));
    if (existing !== undefined) return updateNetwork(context, request, existing.name, options);
    const outerName = await outerNic(context, outside, request.macAddress);
    const name = freeNetworkName(inside.map((link) => link.name));
    return addNetwork(context, request, { outerName, name });
  });

async function addNetwork(
  context: NetworkContext,
  request: PlugNetworkRequest,
  nic: { readonly outerName: string; readonly name: string },
): Promise<PluggedNetwork> {
  const { name, outerName } = nic;
  const plan = networkPlan(name, request);
  try {
    await interfaceFormat(context).write(context, plan);
    await rememberInterface(context, request.macAddress, name);
    await context.host.network.moveIn(outerName, name);
    await bringUp(context, name);
    await advertiseAll(context, plan.file);
  } catch (error) {
    throw asPlugFailed(error, 'network');
  }
  context.logger.info(
    { interface: name, macAddress: request.macAddress, addresses: plan.file.addresses },
    'network plugged',
  );
  const refused = await refusedRoutes(context, name, request.fixedIps);
  return { interfaceName: name, updated: false, refusedRoutes: refused };
}

async function updateNetwork(
  context: NetworkContext,
  request: PlugNetworkRequest,
  name: string,
  options: { readonly refusePlugged: boolean },
): Promise<PluggedNetwork> {
  if (options.refusePlugged && (await interfaceFormat(context).isUp(context, name)))
    throw new InterfaceExists(name);
  const port = name === VIP_INTERFACE ? 'vip' : 'network';
  try {
    const plan = port === 'vip' ? await vipPlan(context, request) : networkPlan(name, request);
    if (plan !== undefined) await interfaceFormat(context).write(context, plan);
    await rememberInterface(context, request.macAddress, name);
    await bringUp(context, name);
    if (plan !== undefined) await advertiseAll(context, plan.file);
  } catch (error) {
    throw asPlugFailed(error, port);
  }
  context.logger.info({ interface: name, macAddress: request.macAddress }, 'network plugged again');
  const refused = await refusedRoutes(context, name, [...(request.vip?.vips ?? []), ...request.fixedIps]);
  return { interfaceName: name, updated: !options.refusePlugged, refusedRoutes: refused };
}

const networkPlan = (name: string, request: PlugNetworkRequest): PlugPlan => ({
  file: planNetwork(name, request),
  eni: () => planNetworkEni(name, request),
});

/** @returns undefined when the file of the VIP must not change */
async function vipPlan(context: NetworkContext, request: PlugNetworkRequest): Promise<PlugPlan | undefined> {
  const { topology } = context.config();
  const { vip } = request;
  const before = await storedFile(context, VIP_INTERFACE);
  if (vip === undefined) {
    context.logger.warn(
      { interface: VIP_INTERFACE },
      'plugged as a network without vip_net_info: the VIPs stay',
    );
    if (before === undefined) return undefined;
    const file = addNetworkToVip(before, planNetwork(VIP_INTERFACE, request));
    return { file, eni: () => planNetworkEni(VIP_INTERFACE, request) };
  }
  const plan = planVip(vip, topology);
  return {
    file: before === undefined ? plan : replugVip(before, plan),
    eni: () => planEni(vip, topology),
  };
}

/** Reads a file. Returns undefined also for an invalid file, which the plan then replaces. */
async function storedFile(context: NetworkContext, name: string): Promise<InterfaceFile | undefined> {
  try {
    return await interfaceFormat(context).read(context, name);
  } catch (error) {
    if (error instanceof NotFound || error instanceof PlugFailed) return undefined;
    throw error;
  }
}
