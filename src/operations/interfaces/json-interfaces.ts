import path from 'node:path';
import { interfaceDiff } from '../../domain/network/interface-diff.ts';
import { type InterfaceFile, withoutMasquerading } from '../../domain/network/interface-file.ts';
import { LOOPBACK, loopbackPlan } from '../../domain/network/interface-plan.ts';
import { NotFound, PlugFailed } from '../../errors.ts';
import { loadEgressRules, removeEgressRules } from '../network/egress-rules.ts';
import { protectVip } from '../network/vip-protection.ts';
import {
  endAutomaticAddresses,
  hasAutomaticAddresses,
  keepAutomaticAddresses,
} from './automatic-addresses.ts';
import type { InterfaceContext } from './interface-context.ts';
import { interfacesIn, isWritten, readInterfaceFile, writeInterfaceFile } from './interface-files.ts';
import type { InterfaceFormat } from './interface-format.ts';
import { applyLines, isReconciled, reconcileInterface } from './reconcile-interface.ts';

const SCRIPT_TIMEOUT_MS = 60_000;

/** The JSON files of Octavia, which the agent applies itself. */
export const JSON_INTERFACES: InterfaceFormat = {
  names: (context) => interfacesIn(context, path.dirname(context.paths.interfaceFile(LOOPBACK)), '.json'),
  read: readInterfaceFile,
  write: (context, { file }) => writeInterfaceFile(context, file),
  async writeLoopback(context) {
    if (!(await isWritten(context, loopbackPlan))) await writeInterfaceFile(context, loopbackPlan);
  },
  bringUpLoopback: (context) => bringUp(context, LOOPBACK),
  bringUp,
  bringDown,
  async isUp(context, name) {
    try {
      return await isReconciled(context.host.network, await readInterfaceFile(context, name));
    } catch (error) {
      if (error instanceof NotFound || error instanceof PlugFailed) return false;
      throw error;
    }
  },
};

async function bringUp(context: InterfaceContext, name: string): Promise<void> {
  const file = await readInterfaceFile(context, name);
  if (file.type === 'vip') await protectVip(context, file);
  await loadEgressRules(context, file);
  // before the static addresses: the kernel removes them together with an older address of the same subnet
  if (!hasAutomaticAddresses(file)) await endAutomaticAddresses(context, name);
  await reconcileInterface(context, file);
  await keepAutomaticAddresses(context, file);
  await runScripts(context, file.scripts.up);
}

async function bringDown(context: InterfaceContext, name: string): Promise<void> {
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
