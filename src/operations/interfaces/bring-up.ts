import { keepAutomaticAddresses } from './automatic-addresses.ts';
import type { InterfaceContext } from './interface-context.ts';
import { interfaceFormat } from './interface-formats.ts';

/**
 * Makes the kernel hold what the interface's file names; repeating it touches nothing that is there already.
 * @param name an interface, or `all` for every one that has a file; then each is tried, whatever becomes of the others
 * @throws NotFound without a file, PlugFailed when the interface can't be had as its file says
 */
export const bringUp = (context: InterfaceContext, name: string): Promise<void> =>
  onEach(context, name, interfaceFormat(context).bringUp);

/** Takes from the kernel what the interface's file names, and sets it down. @throws as bringUp does */
export const bringDown = (context: InterfaceContext, name: string): Promise<void> =>
  onEach(context, name, interfaceFormat(context).bringDown);

/**
 * Sees to it that interfaces which are up keep the addresses that DHCP and router advertisements gave them: the clients of
 * an agent that ran before may have ended with it.
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
