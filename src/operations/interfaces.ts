import path from 'node:path';
import type { Logger } from 'pino';
import type { AgentConfig } from '../config/options.ts';
import { interfaceDiff } from '../domain/interface-diff.ts';
import { type InterfaceFile, parseInterfaceFile } from '../domain/interface-file.ts';
import { LOOPBACK } from '../domain/interface-plan.ts';
import { ENI_DIRECTORY, type Paths } from '../domain/paths.ts';
import { NotFound, PlugFailed } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { bringDownEni, bringUpEni } from './eni-interfaces.ts';
import { applyLines, reconcileInterface } from './reconcile-interface.ts';

/** What bringing interfaces up and down needs. */
export interface InterfaceContext {
  readonly config: () => Pick<AgentConfig, 'interfaceFileFormat' | 'topology'>;
  readonly paths: Pick<Paths, 'interfaceFile'>;
  readonly host: Pick<Host, 'files' | 'network'>;
  readonly logger: Logger;
}

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

const isEni = ({ config }: InterfaceContext): boolean => config().interfaceFileFormat === 'eni';

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

/** Loopback first: what the others' scripts start may need it. */
async function namesOfFiles(context: InterfaceContext): Promise<string[]> {
  const [directory, ending] = isEni(context)
    ? [ENI_DIRECTORY, '.cfg']
    : [path.dirname(context.paths.interfaceFile(LOOPBACK)), '.json'];
  const files = await context.host.files.list(directory);
  const names = files
    .filter((file) => file.endsWith(ending) && !file.startsWith('.'))
    .map((file) => path.basename(file, ending));
  return names.toSorted((one, other) => Number(other === LOOPBACK) - Number(one === LOOPBACK));
}

async function bringUpJson(context: InterfaceContext, name: string): Promise<void> {
  const file = await readInterfaceFile(context, name);
  await reconcileInterface(context, file);
  if (file.addresses.some(({ kind }) => kind === 'automatic')) {
    context.logger.warn({ interface: name }, 'addresses by DHCP and SLAAC are left to the system');
  }
  await runScripts(context, file.scripts.up);
}

async function bringDownJson(context: InterfaceContext, name: string): Promise<void> {
  const file = await readInterfaceFile(context, name);
  const { network } = context.host;
  await runScripts(context, file.scripts.down);
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
}

/** @throws NotFound without a file, PlugFailed when it can't be understood */
export async function readInterfaceFile(context: InterfaceContext, name: string): Promise<InterfaceFile> {
  const place = context.paths.interfaceFile(name);
  const text = await context.host.files.readText(place);
  if (text === undefined) throw new NotFound('network-interface', name);
  const reading = parseInterfaceFile(text);
  if ('problem' in reading) throw new PlugFailed('network', `${place}: ${reading.problem}`);
  return reading.value;
}

/** Other agents' files name command lines without quoting. */
async function runScripts({ host }: InterfaceContext, commands: readonly string[]): Promise<void> {
  for (const command of commands) {
    const [program, ...args] = command.trim().split(/\s+/);
    if (program !== undefined) await host.network.run([program, ...args], SCRIPT_TIMEOUT_MS);
  }
}
