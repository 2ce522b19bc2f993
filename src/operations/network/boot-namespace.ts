import { VIP_INTERFACE } from '../../domain/network/interface-plan.ts';
import { readPluggedInterfaces } from '../../domain/network/plugged-interfaces.ts';
import { PLUGGED_INTERFACES } from '../../domain/paths.ts';
import type { InterfaceContext } from '../interfaces/interface-context.ts';
import { protectVip } from './vip-protection.ts';

/**
 * After a boot: makes the namespace and moves in every interface that was plugged, by its MAC, under its name (contract
 * section 8). The VIP's firewall is there before its interface. One that is there already stays; one that is missing or
 * can't be moved is logged, and the others are still moved.
 */
export async function moveInPluggedInterfaces(context: InterfaceContext): Promise<void> {
  const { host, logger } = context;
  const { network, files } = host;
  await network.ensure();
  const [inside, outside] = await Promise.all([network.links(), network.outerLinks()]);
  const plugged = readPluggedInterfaces((await files.readText(PLUGGED_INTERFACES)) ?? '');
  for (const { macAddress, name } of plugged) {
    if (inside.some((link) => link.name === name)) continue;
    const nic = outside.find((link) => link.macAddress === macAddress);
    if (nic === undefined) {
      logger.error({ interface: name, macAddress }, 'plugged interface is missing');
      continue;
    }
    try {
      if (name === VIP_INTERFACE) await protectVip(context, { isSriov: false });
      await network.moveIn(nic.name, name);
    } catch (error) {
      logger.error({ interface: name, macAddress, err: error }, 'plugged interface not moved in');
    }
  }
}
