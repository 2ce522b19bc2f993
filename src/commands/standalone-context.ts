import { pino } from 'pino';
import { readConfigFile } from '../config-file.ts';
import { createPaths } from '../domain/paths.ts';
import { createHost } from '../host/create-host.ts';
import { createFiles } from '../host/files.ts';
import { createLocks } from '../host/locks.ts';
import { createObjectQueue } from '../operations/object-queue.ts';
import type { HistoryContext } from './history.ts';
import type { Environment } from './installation.ts';

const STANDARD_ERROR = 2;

/**
 * Creates the context of a command that works on the amphora without the agent, or beside the agent. Locks on disk make
 * the command and the agent wait for each other. The command's log goes to standard error.
 * @throws InvalidConfiguration
 */
export async function standaloneContext(
  configFile: string,
  environment: Environment,
): Promise<HistoryContext> {
  const { config } = await readConfigFile(createFiles(), configFile);
  const paths = createPaths(config);
  const logger = pino({ base: null, level: 'warn' }, pino.destination(STANDARD_ERROR));
  const host = await createHost(config, paths, logger, environment['PATH']);
  // the agent, not this command, restarts services that end in the meantime
  host.services.close();
  return { config: () => config, paths, host, logger, queue: createObjectQueue(createLocks(paths.base)) };
}
