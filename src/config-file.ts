import { type LoadedConfig, loadConfig } from './config/load-config.ts';
import { InvalidConfiguration } from './errors.ts';
import type { Files } from './host/files.ts';

/**
 * Reads and checks the agent's configuration file (contract section 1).
 * @throws InvalidConfiguration with one line that names file, section, option and reason
 */
export async function readConfigFile(files: Files, file: string): Promise<LoadedConfig> {
  let text: string | undefined;
  try {
    text = await files.readText(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidConfiguration(`${file}: ${reason}`, { cause: error });
  }
  if (text === undefined) throw new InvalidConfiguration(`${file}: no such file`);
  return loadConfig(file, text);
}
