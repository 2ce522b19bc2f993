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
 * Makes the kernel hold what the interface's file names; repeating it touches nothing that is there already.
 * @param name an interface, or `all` for every one that has a file; then each is tried, whatever becomes of the others
 * @throws NotFound without a file, PlugFailed when the interface can't be had as its file says
 */
export const bringUp = (context: InterfaceContext, name: string): Promise<void> =>
  onEach(context, name, isEni(context) ? bringUpEni : bringUpJson);

/** Takes from the kernel what the interface's file names, and sets it down. @throws as bringUp does */
export const bringDown = (context: InterfaceContext, name: string): Promise<void> =>
  onEach(context, name, isEni(context) ? bringDownEni : bringDownJson);

/**
 * Sees to it that interfaces which are up keep the addresses that DHCP and router advertisements gave them: the clients of
 * an agent that ran before may have ended with it.
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
  // before: the kernel takes static addresses of the same subnet away along with the older one
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

/** Other agents' files name command lines without quoting. */
async function runScripts({ host }: InterfaceContext, commands: readonly string[]): Promise<void> {
  for (const command of withoutMasquerading(commands)) {
    const [program, ...args] = command.trim().split(/\s+/);
    if (program !== undefined) await host.network.run([program, ...args], SCRIPT_TIMEOUT_MS);
  }
}
