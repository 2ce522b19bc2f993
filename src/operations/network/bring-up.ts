import { interfaceDiff } from '../../domain/network/interface-diff.ts';
import { type InterfaceFile, withoutMasquerading } from '../../domain/network/interface-file.ts';
import { PlugFailed } from '../../errors.ts';
import {
  endAutomaticAddresses,
  hasAutomaticAddresses,
  keepAutomaticAddresses,
} from './automatic-addresses.ts';
import { loadEgressRules, removeEgressRules } from './egress-rules.ts';
import { bringDownEni, bringUpEni } from './eni-interfaces.ts';
import type { InterfaceContext } from './interface-context.ts';
import { isEni, namesOfFiles, readInterfaceFile } from './interface-files.ts';
import { applyLines, reconcileInterface } from './reconcile-interface.ts';
import { protectVip } from './vip-firewall.ts';

const SCRIPT_TIMEOUT_MS = 60_000;

/**
 * Gives an interface the addresses, routes and rules in its file. A repeated call changes nothing that exists already.
 * @param name an interface, or `all` for every interface with a file; then a failure of one doesn't stop the others
 * @throws NotFound without a file, PlugFailed when the interface can't be configured as in the file
 */
export const bringUp = (context: InterfaceContext, name: string): Promise<void> =>
  onEach(context, name, isEni(context) ? bringUpEni : bringUpJson);

/** Removes the addresses, routes and rules in an interface's file, and sets the interface down. @throws as bringUp does */
export const bringDown = (context: InterfaceContext, name: string): Promise<void> =>
  onEach(context, name, isEni(context) ? bringDownEni : bringDownJson);

/**
 * Keeps the addresses from DHCP and router advertisements on the interfaces in the namespace. The DHCP clients of an
 * earlier agent may have ended with it.
 */
export async function keepAllAutomaticAddresses(context: InterfaceContext): Promise<void> {
  if (isEni(context)) return;
  const present = new Set((await context.host.network.links()).map(({ name }) => name));
  for (const name of await namesOfFiles(context)) {
    if (present.has(name)) await keepAutomaticAddresses(context, await readInterfaceFile(context, name));
  }
}

async function onEach(
  context: InterfaceContext,
  name: string,
  action: (context: InterfaceContext, name: string) => Promise<void>,
): Promise<void> {
  if (name !== 'all') return action(context, name);
  const failures: unknown[] = [];
  for (const each of await namesOfFiles(context)) {
    try {
      await action(context, each);
    } catch (error) {
      context.logger.error({ interface: each, err: error }, 'interface not configured');
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

async function bringUpJson(context: InterfaceContext, name: string): Promise<void> {
  const file = await readInterfaceFile(context, name);
  if (file.type === 'vip') await protectVip(context, file);
  await loadEgressRules(context, file);
  // before the static addresses: the kernel removes them together with an older address of the same subnet
  if (!hasAutomaticAddresses(file)) await endAutomaticAddresses(context, name);
  await reconcileInterface(context, file);
  await keepAutomaticAddresses(context, file);
  await runScripts(context, file.scripts.up);
}

async function bringDownJson(context: InterfaceContext, name: string): Promise<void> {
  const file = await readInterfaceFile(context, name);
  const { network } = context.host;
  await runScripts(context, file.scripts.down);
  await endAutomaticAddresses(context, name);
  const nothing: InterfaceFile = {
    ...file,
    mtu: undefined,
    addresses: file.addresses.filter((entry) => entry.kind === 'static' && entry.octaviaOwned === false),
    routes: [],
    rules: [],
  };
  const { lines } = interfaceDiff(nothing, { ...(await network.state(name)), up: true });
  await applyLines(network, lines);
  const output = await network.applyBatch([`link set dev ${name} down`], 4);
  if (output !== '') throw new PlugFailed('network', `${name}: ${output}`);
  await removeEgressRules(context, file);
}

/** The files of Octavia's Python agent hold command lines without quoting. */
async function runScripts({ host }: InterfaceContext, commands: readonly string[]): Promise<void> {
  for (const command of withoutMasquerading(commands)) {
    const [program, ...args] = command.trim().split(/\s+/);
    if (program !== undefined) await host.network.run([program, ...args], SCRIPT_TIMEOUT_MS);
  }
}
