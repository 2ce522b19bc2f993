import path from 'node:path';
import type { EniFile } from '../../domain/network/eni-file.ts';
import { ENI_DIRECTORY } from '../../domain/paths.ts';
import { CommandFailed, NotFound } from '../../errors.ts';
import { renderEni } from '../../render/eni.ts';
import type { RenderTemplate } from '../../render/templates.ts';
import type { InterfaceContext } from './interface-context.ts';
import { interfacesIn } from './interface-files.ts';
import type { InterfaceFormat } from './interface-format.ts';

type EniContext = Pick<InterfaceContext, 'host' | 'logger'>;

const FILE_MODE = 0o644;
/** `ip netns exec` mounts this directory over /etc/network. Without the hook directories in it, ifup fails. */
const NETWORK_DIRECTORY = path.dirname(ENI_DIRECTORY);
const HOOK_DIRECTORIES = ['if-pre-up.d', 'if-up.d', 'if-down.d', 'if-post-down.d'];

export const eniPath = (name: string): string => path.join(ENI_DIRECTORY, `${name}.cfg`);

/** Files of ifupdown, which alone reads and applies them. It needs none for the loopback. */
export const ENI_INTERFACES: InterfaceFormat = {
  names: (context) => interfacesIn(context, ENI_DIRECTORY, '.cfg'),
  read: () => Promise.resolve(undefined),
  write: (context, { file, eni }) => writeEni(context, file.name, eni()),
  writeLoopback: () => Promise.resolve(),
  bringUpLoopback: () => Promise.resolve(),
  bringUp,
  bringDown,
  isUp,
};

/**
 * Writes the file of ifupdown for an interface. If another text is stored, the interface is taken down first: ifdown only
 * removes what the file names.
 */
async function writeEni(
  { host, render }: Pick<InterfaceContext, 'host'> & { readonly render: RenderTemplate },
  name: string,
  plan: EniFile,
): Promise<void> {
  const { files } = host;
  const text = renderEni(render, plan);
  const before = await files.readText(eniPath(name));
  if (before === text) return;
  if (before !== undefined) await host.ifupdown.cleanUp(namesIn(before), false);
  for (const directory of [
    ENI_DIRECTORY,
    ...HOOK_DIRECTORIES.map((hook) => path.join(NETWORK_DIRECTORY, hook)),
  ]) {
    await files.makeDirectory(directory);
  }
  const main = path.join(NETWORK_DIRECTORY, 'interfaces');
  if (!(await files.exists(main))) {
    await files.write(main, 'source /etc/network/interfaces.d/*.cfg\n', { mode: FILE_MODE });
  }
  await files.write(eniPath(name), text, { mode: FILE_MODE });
}

/** Returns whether ifup has brought the interface and its aliases up, and the kernel still has their addresses. */
async function isUp({ host }: Pick<InterfaceContext, 'host'>, name: string): Promise<boolean> {
  const text = await host.files.readText(eniPath(name));
  if (text === undefined) return false;
  const { addresses } = await host.network.state(name);
  const wanted = valuesOf(text, 'address');
  if (!wanted.every((address) => addresses.some((existing) => existing.address === address))) return false;
  return host.ifupdown.areUp(namesIn(text));
}

/**
 * Runs ifup inside the namespace. Cleans up after an interrupted ifup first: ifup fails on addresses that exist already.
 * @throws NotFound without a file, CommandFailed with the output of ifup
 */
async function bringUp(context: EniContext, name: string): Promise<void> {
  const { host, logger } = context;
  const names = await readNames(context, name);
  if (await isUp(context, name)) return;
  await host.ifupdown.cleanUp(names, true);
  await ignoringFailure(host.network.flushAddresses(name, 'all'));
  const output = await host.ifupdown.up(names);
  if (output !== '') logger.info({ interface: name, output }, 'output of ifup');
}

/** Runs ifdown inside the namespace. @throws NotFound without a file, CommandFailed with the output of ifdown */
async function bringDown(context: EniContext, name: string): Promise<void> {
  const names = await readNames(context, name);
  await context.host.ifupdown.down(names);
}

async function readNames({ host }: EniContext, name: string): Promise<string[]> {
  const text = await host.files.readText(eniPath(name));
  if (text === undefined) throw new NotFound('network-interface', name);
  return namesIn(text);
}

const namesIn = (text: string): string[] => valuesOf(text, 'auto').flatMap((names) => names.split(/\s+/));

/** Returns the values of a keyword of interfaces(5) at the beginning of a line. */
const valuesOf = (text: string, keyword: string): string[] =>
  text
    .split('\n')
    .flatMap((line) => (line.startsWith(`${keyword} `) ? [line.slice(keyword.length + 1).trim()] : []));

async function ignoringFailure(command: Promise<void>): Promise<void> {
  try {
    await command;
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
  }
}
