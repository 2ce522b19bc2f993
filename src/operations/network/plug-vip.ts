import { explode, readAddress } from '../../domain/network/addresses.ts';
import { planEni } from '../../domain/network/eni-file.ts';
import { planVip, VIP_INTERFACE } from '../../domain/network/interface-plan.ts';
import type { PlugVipRequest } from '../../domain/network/plug-request.ts';
import { InterfaceExists, InvalidInput, NotFound } from '../../errors.ts';
import { NETWORKS } from '../context.ts';
import { bringUp } from '../interfaces/bring-up.ts';
import type { InterfaceContext } from '../interfaces/interface-context.ts';
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
import { protectVip } from './vip-protection.ts';

export interface PluggedVip {
  readonly interfaceName: string;
  /** every VIP, IPv6 in full */
  readonly vips: readonly string[];
  /** host routes that the kernel refused, each with the reason */
  readonly refusedRoutes: readonly string[];
}

/**
 * Moves the NIC of the VIPs into the namespace as eth1, configures it and advertises its addresses (docs/contract.md,
 * section 8). One plug runs at a time. A repeated plug completes one that an error or the end of the agent interrupted.
 * @throws InterfaceExists when eth1 or the NIC is plugged already, NotFound when no NIC has the MAC (the PCI bus is scanned
 *   again), PlugFailed with the output of the command that failed
 */
export const plugVip = (context: NetworkContext, request: PlugVipRequest): Promise<PluggedVip> =>
  context.queue.run(NETWORKS, () => plugVipNow(context, request));

async function plugVipNow(context: NetworkContext, request: PlugVipRequest): Promise<PluggedVip> {
  const { host, config, logger } = context;
  const plan = planVip(request, config().topology);
  await host.network.ensure();
  const outerName = await findNic(context, request.macAddress);
  try {
    await interfaceFormat(context).write(context, {
      file: plan,
      eni: () => planEni(request, config().topology),
    });
    await rememberInterface(context, request.macAddress, plan.name);
    await protectVip(context, plan);
    if (outerName !== undefined) await host.network.moveIn(outerName, plan.name);
    await bringUp(context, plan.name);
  } catch (error) {
    throw asPlugFailed(error, 'vip');
  }
  await advertiseAll(context, plan);
  const refused = await refusedRoutes(context, plan.name, [...request.vips, ...request.fixedIps]);
  logger.info(
    { interface: plan.name, macAddress: request.macAddress, addresses: plan.addresses },
    'VIP plugged',
  );
  const vips = request.vips.map(({ address }) => explode(address));
  return { interfaceName: plan.name, vips, refusedRoutes: refused };
}

/** @returns the NIC's name outside the namespace, or undefined when an interrupted plug has moved it into the namespace */
async function findNic(context: NetworkContext, macAddress: string): Promise<string | undefined> {
  const { network } = context.host;
  const [inside, outside] = await Promise.all([network.links(), network.outerLinks()]);
  const taken =
    inside.find(({ name }) => name === VIP_INTERFACE) ?? inside.find((link) => isNic(link, macAddress));
  if (taken === undefined) return outerNic(context, outside, macAddress);
  const cutOff =
    isNic(taken, macAddress) &&
    taken.name === VIP_INTERFACE &&
    !(await interfaceFormat(context).isUp(context, VIP_INTERFACE));
  if (cutOff) return undefined;
  throw new InterfaceExists(taken.name);
}

/**
 * Creates the namespace and the file of its loopback, which Octavia's Python agent expects too. A file with the same
 * content stays. lo is up together with the namespace.
 */
export async function layLoopback(context: InterfaceContext): Promise<void> {
  await context.host.network.ensure();
  await interfaceFormat(context).writeLoopback(context);
}

/** Creates the namespace and configures its loopback as in its file. */
export async function plugLoopback(context: InterfaceContext): Promise<void> {
  await layLoopback(context);
  await interfaceFormat(context).bringUpLoopback(context);
}

/**
 * Returns the interface that has an address inside the namespace.
 * @param address in any spelling
 * @throws InvalidInput when the text is no IP address, NotFound when no interface has the address
 */
export async function findInterface(
  { host }: Pick<InterfaceContext, 'host'>,
  address: string,
): Promise<string> {
  const reading = readAddress(address);
  if ('problem' in reading) throw new InvalidInput('address', reading.problem);
  const name = await host.network.interfaceOf(reading.value);
  if (name === undefined) throw new NotFound('interface-of-address', reading.value);
  return name;
}

/**
 * Requires that an address is on the VIP's interface, the only one with a firewall.
 * @param address in any spelling
 * @throws as findInterface does; NotFound also when another interface has the address
 */
export async function findVipInterface(
  context: Pick<InterfaceContext, 'host'>,
  address: string,
): Promise<void> {
  if ((await findInterface(context, address)) !== VIP_INTERFACE) {
    throw new NotFound('interface-of-address', address);
  }
}
