import path from 'node:path';
import { explode, readAddress } from '../domain/addresses.ts';
import { type InterfaceFile, ownAddresses, serializeInterfaceFile } from '../domain/interface-file.ts';
import { LOOPBACK, loopbackPlan, planVip, VIP_INTERFACE } from '../domain/interface-plan.ts';
import { PLUGGED_INTERFACES } from '../domain/paths.ts';
import type { PlugVipRequest } from '../domain/plug-request.ts';
import { withPluggedInterface } from '../domain/plugged-interfaces.ts';
import { CommandFailed, InterfaceExists, InvalidInput, NotFound, PlugFailed } from '../errors.ts';
import { NETWORKS, type OperationContext } from './context.ts';
import { isEniUp, writeVipEni } from './eni-interfaces.ts';
import type { InterfaceContext } from './interfaces.ts';
import { bringUp, readInterfaceFile } from './interfaces.ts';
import { isReconciled } from './reconcile-interface.ts';

const FILE_MODE = 0o644;

/** What plugging needs. */
export type NetworkContext = InterfaceContext & Pick<OperationContext, 'queue' | 'render'>;

export interface PluggedVip {
  readonly interfaceName: string;
  /** every VIP, IPv6 in full */
  readonly vips: readonly string[];
}

/**
 * Moves the NIC of the VIPs into the namespace as eth1, configures it and tells the neighbours (contract section 8).
 * One plug runs at a time. A plug that was cut off, by an error or by the end of the agent, is taken up where it stopped.
 * @throws InterfaceExists when eth1 or the NIC is there already, NotFound when no NIC has the MAC (the PCI bus is scanned
 *   again), PlugFailed with the output of what failed
 */
export const plugVip = (context: NetworkContext, request: PlugVipRequest): Promise<PluggedVip> =>
  context.queue.run(NETWORKS, () => plugVipNow(context, request));

async function plugVipNow(context: NetworkContext, request: PlugVipRequest): Promise<PluggedVip> {
  const { host, config, logger } = context;
  const plan = planVip(request, config().topology);
  await host.network.ensure();
  const outerName = await findNic(context, request.macAddress);
  try {
    await writeFiles(context, request, plan);
    await rememberInterface(context, request.macAddress, plan.name);
    if (outerName !== undefined) await host.network.moveIn(outerName, plan.name);
    await bringUp(context, plan.name);
  } catch (error) {
    throw asPlugFailed(error);
  }
  await Promise.all(ownAddresses(plan).map(({ address }) => host.network.advertise(plan.name, address)));
  logger.info(
    { interface: plan.name, macAddress: request.macAddress, addresses: plan.addresses },
    'VIP plugged',
  );
  return { interfaceName: plan.name, vips: request.vips.map(({ address }) => explode(address)) };
}

/** @returns the NIC's name outside the namespace, or undefined where a plug that was cut off has moved it in already */
async function findNic(context: NetworkContext, macAddress: string): Promise<string | undefined> {
  const { network } = context.host;
  const [inside, outside] = await Promise.all([network.links(), network.outerLinks()]);
  const isNic = (link: { macAddress: string; name: string }): boolean =>
    link.macAddress === macAddress && link.name !== LOOPBACK;
  const taken = inside.find(({ name }) => name === VIP_INTERFACE) ?? inside.find(isNic);
  if (taken !== undefined) {
    const cutOff = isNic(taken) && taken.name === VIP_INTERFACE && !(await isPlugged(context));
    if (cutOff) return undefined;
    throw new InterfaceExists(taken.name);
  }
  const nic = outside.find(isNic);
  if (nic !== undefined) return nic.name;
  await network.rescan();
  throw new NotFound('network-interface', macAddress);
}

/** Whether the VIP's interface has everything that its file names. */
async function isPlugged(context: NetworkContext): Promise<boolean> {
  if (context.config().interfaceFileFormat === 'eni') return isEniUp(context, VIP_INTERFACE);
  try {
    return await isReconciled(context.host.network, await readInterfaceFile(context, VIP_INTERFACE));
  } catch (error) {
    if (error instanceof NotFound || error instanceof PlugFailed) return false;
    throw error;
  }
}

async function writeFiles(
  context: NetworkContext,
  request: PlugVipRequest,
  plan: InterfaceFile,
): Promise<void> {
  const { topology, interfaceFileFormat } = context.config();
  if (interfaceFileFormat === 'eni') await writeVipEni(context, plan.name, { request, topology });
  else await writeInterfaceFile(context, plan);
}

async function writeInterfaceFile({ host, paths }: InterfaceContext, file: InterfaceFile): Promise<void> {
  const place = paths.interfaceFile(file.name);
  await host.files.makeDirectory(path.dirname(place));
  await host.files.write(place, serializeInterfaceFile(file), { mode: FILE_MODE });
}

async function rememberInterface(
  { host }: InterfaceContext,
  macAddress: string,
  name: string,
): Promise<void> {
  const text = (await host.files.readText(PLUGGED_INTERFACES)) ?? '';
  const next = withPluggedInterface(text, macAddress, name);
  if (next === text) return;
  await host.files.makeDirectory(path.dirname(PLUGGED_INTERFACES));
  await host.files.write(PLUGGED_INTERFACES, next, { mode: FILE_MODE });
}

function asPlugFailed(error: unknown): PlugFailed {
  if (error instanceof PlugFailed) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const output = error instanceof CommandFailed && error.output !== '' ? error.output : reason;
  return new PlugFailed('vip', output, { cause: error });
}

/** Makes the namespace with its loopback, whose file other agents expect too. */
export async function plugLoopback(context: InterfaceContext): Promise<void> {
  await context.host.network.ensure();
  if (context.config().interfaceFileFormat === 'eni') return;
  await writeInterfaceFile(context, loopbackPlan);
  await bringUp(context, LOOPBACK);
}

/**
 * Finds who has an address inside the namespace.
 * @param address in any spelling
 * @throws InvalidInput when it is no IP address, NotFound when no interface has it
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
