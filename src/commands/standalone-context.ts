import { pino } from 'pino';
import { readConfigFile } from '../config-file.ts';
import { createPaths } from '../domain/paths.ts';
import { createHost } from '../host/create-host.ts';
import { createFiles } from '../host/files.ts';
import type { InterfaceContext } from '../operations/interfaces.ts';

const STANDARD_ERROR = 2;

/**
 * What a command needs that works on the amphora without the agent. Its log goes to standard error.
 * @throws InvalidConfiguration
 */
export async function standaloneContext(configFile: string): Promise<InterfaceContext> {
  const { config } = await readConfigFile(createFiles(), configFile);
  const paths = createPaths(config);
  const logger = pino({ base: null, level: 'warn' }, pino.destination(STANDARD_ERROR));
  return { config: () => config, paths, host: await createHost(config, paths, logger), logger };
}
