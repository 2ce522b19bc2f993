import type { BatchLine } from '../../domain/network/batch-line.ts';
import {
  type InterfaceDiff,
  interfaceAdditions,
  interfaceDiff,
} from '../../domain/network/interface-diff.ts';
import type { InterfaceFile } from '../../domain/network/interface-file.ts';
import { PlugFailed } from '../../errors.ts';
import type { NamespaceNetwork } from '../../host/network/namespace.ts';
import type { InterfaceContext } from './interface-context.ts';

/** The second round adds what had to wait for addresses. The third adds what the kernel removed together with others. */
const MAX_ROUNDS = 3;
const ADDRESS_DETECTION_MS = 30_000;

/** Returns whether the kernel has everything in the file. Host routes don't count, because the kernel may refuse them. */
export async function isReconciled(network: NamespaceNetwork, file: InterfaceFile): Promise<boolean> {
  const diff = interfaceDiff(file, await network.state(file.name));
  return diff.pending.length === 0 && requiredLines(diff).length === 0;
}

/**
 * Changes the differences between the kernel's state of an interface and its file. Then waits until the IPv6 addresses can
 * be used (30 s at most). A host route that the kernel refuses is logged.
 * @param options.keepsStrangers leaves alone what the file doesn't name; default: removes it
 * @throws PlugFailed with the output of `ip` when any other entry of the file is missing
 */
export async function reconcileInterface(
  { host, logger }: Pick<InterfaceContext, 'host' | 'logger'>,
  file: InterfaceFile,
  { keepsStrangers = false }: { readonly keepsStrangers?: boolean } = {},
): Promise<void> {
  const { network } = host;
  const changes = keepsStrangers ? interfaceAdditions : interfaceDiff;
  const deadline = performance.now() + ADDRESS_DETECTION_MS;
  const currentDiff = async (): Promise<InterfaceDiff> => changes(file, await network.state(file.name));
  let diff = await currentDiff();
  let tried: string | undefined;
  let output = '';
  for (let round = 1; round <= MAX_ROUNDS && !isEmpty(diff) && textOf(diff) !== tried; round++) {
    tried = textOf(diff);
    output = await applyLines(network, diff.lines);
    if (diff.pending.length > 0) await waitForAddresses(network, file, deadline);
    diff = await currentDiff();
  }
  const unmet = [...diff.pending.map((address) => `${address} can't be used`), ...requiredLines(diff)];
  if (unmet.length > 0) throw failure(file, [...unmet, output].join('\n').trim());
  if (!isEmpty(diff))
    logger.warn({ interface: file.name, routes: textOf(diff), output }, 'the kernel refuses host routes');
}

/** @returns the error messages; empty when every line succeeded */
export async function applyLines(network: NamespaceNetwork, lines: readonly BatchLine[]): Promise<string> {
  const outputs: string[] = [];
  for (const version of [4, 6] as const) {
    const texts = lines.filter((line) => line.version === version).map(({ text }) => text);
    if (texts.length > 0) outputs.push(await network.applyBatch(texts, version));
  }
  return outputs.join('\n').trim();
}

async function waitForAddresses(
  network: NamespaceNetwork,
  file: InterfaceFile,
  deadline: number,
): Promise<void> {
  if (await network.waitForAddresses(file.name, deadline - performance.now())) return;
  throw failure(file, `duplicate address detection did not end within ${ADDRESS_DETECTION_MS} ms`);
}

const isEmpty = ({ lines, pending }: InterfaceDiff): boolean => lines.length === 0 && pending.length === 0;

const textOf = ({ lines }: InterfaceDiff): string => lines.map(({ text }) => text).join('\n');

const requiredLines = ({ lines }: InterfaceDiff): string[] =>
  lines.filter(({ optional }) => !optional).map(({ text }) => text);

const failure = (file: InterfaceFile, reason: string): PlugFailed =>
  new PlugFailed(file.type === 'vip' ? 'vip' : 'network', `${file.name}: ${reason}`);
