import { VIP_INTERFACE } from '../../domain/network/interface-plan.ts';
import { readPluggedInterfaces } from '../../domain/network/plugged-interfaces.ts';
import { PLUGGED_INTERFACES } from '../../domain/paths.ts';
import type { InterfaceContext } from '../interfaces/interface-context.ts';
import { protectVip } from './vip-protection.ts';

/**
 * Restores the namespace after a boot: creates it and moves every plugged interface into it, found by its MAC, under its
 * name (docs/contract.md, section 8). Loads the firewall of the VIP before its interface comes in. An interface that is
 * already inside stays. An interface that is missing or can't be moved is logged, and the others are still moved.
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
      logger.error(
        { interface: name, macAddress, err: error },
        'cannot move the plugged interface into the namespace',
      );
    }
  }
}
