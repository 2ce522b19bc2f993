import { unreadableConfiguration } from './config/configuration-errors.ts';
import { type LoadedConfig, loadConfig, loadUsableConfig } from './config/load-config.ts';
import type { Files } from './host/files.ts';

/**
 * Reads and checks the agent's configuration file (docs/contract.md, section 1).
 * @throws InvalidConfiguration with one line that names file, section, option and reason
 */
export const readConfigFile = async (files: Files, file: string): Promise<LoadedConfig> =>
  loadConfig(file, await readText(files, file));

/** Reads the file like readConfigFile(), but replaces each wrong option by its default. @throws InvalidConfiguration */
export const readUsableConfigFile = async (files: Files, file: string): Promise<LoadedConfig> =>
  loadUsableConfig(file, await readText(files, file));

async function readText(files: Files, file: string): Promise<string> {
  let text: string | undefined;
  try {
    text = await files.readText(file);
  } catch (error) {
    throw unreadableConfiguration(file, error);
  }
  if (text === undefined) throw unreadableConfiguration(file, undefined);
  return text;
}
