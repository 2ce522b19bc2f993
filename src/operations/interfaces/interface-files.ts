import path from 'node:path';
import {
  type InterfaceFile,
  parseInterfaceFile,
  serializeInterfaceFile,
} from '../../domain/network/interface-file.ts';
import { LOOPBACK } from '../../domain/network/interface-plan.ts';
import { NotFound, PlugFailed } from '../../errors.ts';
import type { InterfaceContext } from './interface-context.ts';

const FILE_MODE = 0o644;

/**
 * Returns the names of the interfaces whose files are in a directory. Loopback is the first: programs in the scripts of other
 * interfaces may need it.
 * @param ending the end of the file names, such as `.json`
 */
export async function interfacesIn(
  { host }: Pick<InterfaceContext, 'host'>,
  directory: string,
  ending: string,
): Promise<string[]> {
  const files = await host.files.list(directory);
  const names = files
    .filter((file) => file.endsWith(ending) && !file.startsWith('.'))
    .map((file) => path.basename(file, ending));
  return names.toSorted((one, other) => Number(other === LOOPBACK) - Number(one === LOOPBACK));
}

/** @throws NotFound without a file, PlugFailed when the file is invalid */
export async function readInterfaceFile(
  context: Pick<InterfaceContext, 'paths' | 'host'>,
  name: string,
): Promise<InterfaceFile> {
  const place = context.paths.interfaceFile(name);
  const text = await context.host.files.readText(place);
  if (text === undefined) throw new NotFound('network-interface', name);
  const reading = parseInterfaceFile(text);
  if ('problem' in reading) throw new PlugFailed('network', `${place}: ${reading.problem}`);
  return reading.value;
}

export async function writeInterfaceFile(
  { host, paths }: Pick<InterfaceContext, 'paths' | 'host'>,
  file: InterfaceFile,
): Promise<void> {
  const place = paths.interfaceFile(file.name);
  await host.files.makeDirectory(path.dirname(place));
  await host.files.write(place, serializeInterfaceFile(file), { mode: FILE_MODE });
}

/** Returns whether the interface's file has this content already, in the format of this or of Octavia's Python agent. */
export async function isWritten(
  { host, paths }: Pick<InterfaceContext, 'paths' | 'host'>,
  file: InterfaceFile,
): Promise<boolean> {
  const text = await host.files.readText(paths.interfaceFile(file.name));
  if (text === undefined) return false;
  const reading = parseInterfaceFile(text);
  return 'value' in reading && serializeInterfaceFile(reading.value) === serializeInterfaceFile(file);
}
