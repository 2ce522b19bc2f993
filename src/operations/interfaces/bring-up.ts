import { keepAutomaticAddresses } from './automatic-addresses.ts';
import type { InterfaceContext } from './interface-context.ts';
import { interfaceFormat } from './interface-formats.ts';

/**
 * Gives an interface the addresses, routes and rules in its file. A repeated call changes nothing that exists already.
 * @param name an interface, or `all` for every interface with a file; then a failure of one doesn't stop the others
 * @throws NotFound without a file, PlugFailed when the interface can't be configured as in the file
 */
export const bringUp = (context: InterfaceContext, name: string): Promise<void> =>
  onEach(context, name, interfaceFormat(context).bringUp);

/** Removes the addresses, routes and rules in an interface's file, and sets the interface down. @throws as bringUp does */
export const bringDown = (context: InterfaceContext, name: string): Promise<void> =>
  onEach(context, name, interfaceFormat(context).bringDown);

/**
 * Keeps the addresses from DHCP and router advertisements on the interfaces in the namespace. The DHCP clients of an
 * earlier agent may have ended with it.
 */
export async function keepAllAutomaticAddresses(context: InterfaceContext): Promise<void> {
  const format = interfaceFormat(context);
  const present = new Set((await context.host.network.links()).map(({ name }) => name));
  for (const name of await format.names(context)) {
    const file = present.has(name) ? await format.read(context, name) : undefined;
    if (file !== undefined) await keepAutomaticAddresses(context, file);
  }
}

async function onEach(
  context: InterfaceContext,
  name: string,
  action: (context: InterfaceContext, name: string) => Promise<void>,
): Promise<void> {
  if (name !== 'all') return action(context, name);
  const failures: unknown[] = [];
  for (const each of await interfaceFormat(context).names(context)) {
    try {
      await action(context, each);
    } catch (error) {
      context.logger.error({ interface: each, err: error }, 'interface not configured');
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
