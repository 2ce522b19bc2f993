import { type InterfaceDrift, interfaceDrift } from '../../../domain/drift/interface-drift.ts';
import { virtualAddresses } from '../../../domain/keepalived/virtual-addresses.ts';
import { type InterfaceFile, ownAddresses } from '../../../domain/network/interface-file.ts';
import type { NamespaceInterface } from '../../../domain/network/ip-json.ts';
import { type PluggedInterface, readPluggedInterfaces } from '../../../domain/network/plugged-interfaces.ts';
import { PLUGGED_INTERFACES } from '../../../domain/paths.ts';
import { NotFound, PlugFailed } from '../../../errors.ts';
import type { NetworkSight } from '../../../host/network/network-watch.ts';
import { interfaceFormat } from '../../interfaces/interface-formats.ts';
import { reconcileInterface } from '../../interfaces/reconcile-interface.ts';
import { moveInPluggedInterfaces } from '../../network/boot-namespace.ts';
import { advertiseAll } from '../../network/plug-steps.ts';
import type { FoundDifference, Repair } from '../drift-kind.ts';
import { type NetworkDriftContext, networkDifference } from './network-difference.ts';

/** Compares every interface that has a file with the file. Other interfaces don't count. */
export async function observeInterfaces(
  context: NetworkDriftContext,
  sight: Pick<NetworkSight, 'interfaces'>,
): Promise<FoundDifference[]> {
  const interfaces = sight.interfaces();
  const names = await interfaceFormat(context).names(context);
  const virtual = new Set(
    virtualAddresses((await context.host.files.readText(context.paths.vrrp.config)) ?? ''),
  );
  const plugged = readPluggedInterfaces((await context.host.files.readText(PLUGGED_INTERFACES)) ?? '');
  const found = names.map((name) => {
    const present = interfaces.find((one) => one.name === name);
    // another author's file may have several lines for a name, of which the last one is the newest
    const nics = plugged.filter((one) => one.name === name);
    const nic = nics.at(-1);
    if (present === undefined) return missingInterface(context, { name, nic }, interfaces);
    if (nic !== undefined && !nics.some(({ macAddress }) => macAddress === present.macAddress))
      return Promise.resolve([otherNic(nic, present, interfaces)]);
    return presentInterface(context, present, {
      ownAddresses: new Set(interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => address))),
      otherRoutes: interfaces.filter((one) => one !== present).flatMap(({ routes }) => routes),
      virtualAddresses: virtual,
    });
  });
  return (await Promise.all(found)).flat();
}

async function presentInterface(
  context: NetworkDriftContext,
  state: NamespaceInterface,
  surroundings: Parameters<typeof interfaceDrift>[2],
): Promise<FoundDifference[]> {
  const { name } = state;
  const format = interfaceFormat(context);
  try {
    const file = await format.read(context, name);
    if (file === undefined) return await ifupdownInterface(context, name);
    return interfaceDrift(file, state, surroundings).map((one) => differenceOf(context, file, one));
  } catch (error) {
    if (error instanceof NotFound) return [];
    if (!(error instanceof PlugFailed)) throw error;
    return [interfaceFault(name, 'a file that the agent can read', error.output)];
  }
}

const differenceOf = (
  context: NetworkDriftContext,
  file: InterfaceFile,
  { kind, wanted, seen, weight, isHostRoute, isRepairable }: InterfaceDrift,
): FoundDifference =>
  networkDifference(
    // an object of their own: a host route that the kernel refuses must not use up the repairs of the interface
    {
      ...{ kind, wanted, seen, weight },
      object: isHostRoute ? `host routes of ${file.name}` : file.name,
    },
    isRepairable
      ? {
          text: `add what is missing on ${file.name}, as its file says`,
          run: () => addMissing(context, file),
        }
      : undefined,
  );

/** Adds what a plug would add, and removes nothing. Advertises the addresses, because neighbours may have forgotten them. */
async function addMissing(context: NetworkDriftContext, file: InterfaceFile): Promise<void> {
  await reconcileInterface(context, file, { keepsStrangers: true });
  if (ownAddresses(file).length > 0 && file.type !== 'lo') await advertiseAll(context, file);
}

async function ifupdownInterface(context: NetworkDriftContext, name: string): Promise<FoundDifference[]> {
  const format = interfaceFormat(context);
  if (await format.isUp(context, name)) return [];
  const repair = { text: `ifup ${name}`, run: () => format.bringUp(context, name) };
  const seen = 'not up for ifupdown, or without an address of the file';
  return [interfaceFault(name, 'up with the addresses of its file', seen, repair)];
}

/**
 * Another NIC has the name. Nothing else of it is compared: a repair would give the addresses to the wrong network. There is no
 * repair, because a plug neither renames a NIC nor takes one out.
 */
function otherNic(
  { name, macAddress }: PluggedInterface,
  present: NamespaceInterface,
  inside: readonly NamespaceInterface[],
): FoundDifference {
  const renamed = inside.find((one) => one.macAddress === macAddress);
  const place = renamed === undefined ? '' : `, and the right one has the name ${renamed.name}`;
  return interfaceFault(
    name,
    `the NIC with the MAC address ${macAddress}`,
    `a NIC with the MAC address ${present.macAddress}${place}`,
  );
}

async function missingInterface(
  context: NetworkDriftContext,
  { name, nic }: { readonly name: string; readonly nic: PluggedInterface | undefined },
  inside: readonly NamespaceInterface[],
): Promise<FoundDifference[]> {
  const wanted = 'in the namespace';
  if (nic === undefined) return [interfaceFault(name, wanted, 'missing, and its MAC address is unknown')];
  const renamed = inside.find(({ macAddress }) => macAddress === nic.macAddress);
  if (renamed !== undefined)
    return [
      interfaceFault(name, wanted, `in the namespace under the name ${renamed.name}: rename it by hand`),
    ];
  const outer = (await context.host.network.outerLinks()).some(
    ({ macAddress }) => macAddress === nic.macAddress,
  );
  if (!outer) return [interfaceFault(name, wanted, `no NIC with the MAC address ${nic.macAddress}`)];
  return [
    interfaceFault(name, wanted, 'outside the namespace', {
      text: `move ${name} into the namespace and bring it up`,
      run: () => moveIn(context, nic),
    }),
  ];
}

/** Does what a boot does. */
async function moveIn(context: NetworkDriftContext, { name }: PluggedInterface): Promise<void> {
  await moveInPluggedInterfaces(context);
  await interfaceFormat(context).bringUp(context, name);
  const file = await interfaceFormat(context).read(context, name);
  if (file !== undefined) await advertiseAll(context, file);
}

const interfaceFault = (object: string, wanted: string, seen: string, repair?: Repair): FoundDifference =>
  networkDifference({ kind: 'interface', object, wanted, seen, weight: 'fault' }, repair);
