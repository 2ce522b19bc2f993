import path from 'node:path';
import type { EniFile } from '../../domain/network/eni-file.ts';
import { ENI_DIRECTORY } from '../../domain/paths.ts';
import { CommandFailed, NotFound } from '../../errors.ts';
import type { Argv } from '../../host/command.ts';
import { renderEni } from '../../render/eni.ts';
import type { RenderTemplate } from '../../render/templates.ts';
import type { InterfaceContext } from './interface-context.ts';

type EniContext = Pick<InterfaceContext, 'host' | 'logger'>;

const FILE_MODE = 0o644;
/** DHCP may take a minute. */
const IFUP_TIMEOUT_MS = 120_000;
const QUERY_TIMEOUT_MS = 10_000;
/** `ip netns exec` mounts this directory over /etc/network. Without the hook directories in it, ifup fails. */
const NETWORK_DIRECTORY = path.dirname(ENI_DIRECTORY);
const HOOK_DIRECTORIES = ['if-pre-up.d', 'if-up.d', 'if-down.d', 'if-post-down.d'];

export const eniPath = (name: string): string => path.join(ENI_DIRECTORY, `${name}.cfg`);

/**
 * Writes the file of ifupdown for an interface. If another text is stored, the interface is taken down first: ifdown only
 * removes what the file names.
 */
export async function writeEni(
  { host, render }: Pick<InterfaceContext, 'host'> & { readonly render: RenderTemplate },
  name: string,
  plan: EniFile,
): Promise<void> {
  const { files } = host;
  const text = renderEni(render, plan);
  const before = await files.readText(eniPath(name));
  if (before === text) return;
  if (before !== undefined) {
    const names = namesIn(before).toReversed();
    await succeeds(host.network.run(['ifdown', '--ignore-errors', ...names], IFUP_TIMEOUT_MS));
  }
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
export async function isEniUp({ host }: Pick<InterfaceContext, 'host'>, name: string): Promise<boolean> {
  const text = await host.files.readText(eniPath(name));
  if (text === undefined) return false;
  const { addresses } = await host.network.state(name);
  const wanted = valuesOf(text, 'address');
  if (!wanted.every((address) => addresses.some((existing) => existing.address === address))) return false;
  return succeeds(host.network.run(['ifquery', '--state', ...namesIn(text)], QUERY_TIMEOUT_MS));
}

/**
 * Runs ifup inside the namespace. Cleans up after an interrupted ifup first: ifup fails on addresses that exist already.
 * @throws NotFound without a file, CommandFailed with the output of ifup
 */
export async function bringUpEni(context: EniContext, name: string): Promise<void> {
  const { host, logger } = context;
  const names = await readNames(context, name);
  if (await isEniUp(context, name)) return;
  const cleaning: Argv[] = [
    ['ifdown', '--force', '--ignore-errors', ...names.toReversed()],
    ['ip', 'address', 'flush', 'dev', name],
  ];
  for (const argv of cleaning) await succeeds(host.network.run(argv, IFUP_TIMEOUT_MS));
  const { output } = await host.network.run(['ifup', ...names], IFUP_TIMEOUT_MS);
  if (output !== '') logger.info({ interface: name, output }, 'output of ifup');
}

/** Runs ifdown inside the namespace. @throws NotFound without a file, CommandFailed with the output of ifdown */
export async function bringDownEni(context: EniContext, name: string): Promise<void> {
  const names = await readNames(context, name);
  await context.host.network.run(['ifdown', ...names.toReversed()], IFUP_TIMEOUT_MS);
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

async function succeeds(command: Promise<unknown>): Promise<boolean> {
  try {
    await command;
    return true;
  } catch (error) {
    if (error instanceof CommandFailed) return false;
    throw error;
  }
}
