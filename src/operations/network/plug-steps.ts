import path from 'node:path';
import { type InterfaceFile, ownAddresses } from '../../domain/network/interface-file.ts';
import { LOOPBACK } from '../../domain/network/interface-plan.ts';
import type { Link } from '../../domain/network/ip-json.ts';
import { withPluggedInterface } from '../../domain/network/plugged-interfaces.ts';
import { PLUGGED_INTERFACES } from '../../domain/paths.ts';
import { CommandFailed, NotFound, PlugFailed, reasonOf } from '../../errors.ts';
import type { OperationContext } from '../context.ts';
import type { InterfaceContext } from '../interfaces/interface-context.ts';

const FILE_MODE = 0o644;

/** The dependencies of a plug. */
export type NetworkContext = InterfaceContext & Pick<OperationContext, 'queue' | 'render'>;

export const isNic = (link: Link, macAddress: string): boolean =>
  link.macAddress === macAddress && link.name !== LOOPBACK;

/**
 * Returns the name of a NIC that is still outside the namespace.
 * @throws NotFound when no NIC has the MAC; then the PCI bus has been scanned again
 */
export async function outerNic(
  { host }: NetworkContext,
  outside: readonly Link[],
  macAddress: string,
): Promise<string> {
  const nic = outside.find((link) => isNic(link, macAddress));
  if (nic !== undefined) return nic.name;
  await host.network.rescan();
  throw new NotFound('network-interface', macAddress);
}

/** Stores the interface's MAC and name for the next boot. */
export async function rememberInterface(
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

/** Advertises the interface's own addresses to the neighbours. */
export async function advertiseAll({ host }: InterfaceContext, file: InterfaceFile): Promise<void> {
  await Promise.all(ownAddresses(file).map(({ address }) => host.network.advertise(file.name, address)));
}

/** @param port the controller's name for the port; the type in the interface's file may differ */
export function asPlugFailed(error: unknown, port: PlugFailed['port']): PlugFailed {
  if (error instanceof PlugFailed) {
    return error.port === port ? error : new PlugFailed(port, error.output, { cause: error });
  }
  const reason = reasonOf(error);
  const output = error instanceof CommandFailed && error.output !== '' ? error.output : reason;
  return new PlugFailed(port, output, { cause: error });
}
