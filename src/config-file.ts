import { unreadableConfiguration } from './config/configuration-errors.ts';
import { type LoadedConfig, loadConfig } from './config/load-config.ts';
import type { Files } from './host/files.ts';

/**
 * Reads and checks the agent's configuration file (docs/contract.md, section 1).
 * @throws InvalidConfiguration with one line that names file, section, option and reason
 */
export async function readConfigFile(files: Files, file: string): Promise<LoadedConfig> {
  let text: string | undefined;
  try {
    text = await files.readText(file);
  } catch (error) {
    throw unreadableConfiguration(file, error);
  }
  if (text === undefined) throw unreadableConfiguration(file, undefined);
  return loadConfig(file, text);
}
