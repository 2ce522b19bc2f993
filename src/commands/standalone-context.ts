import { pino } from 'pino';
import type { AgentConfig } from '../config/options.ts';
import { readConfigFile, readUsableConfigFile } from '../config-file.ts';
import { createPaths } from '../domain/paths.ts';
import { createHost } from '../host/create-host.ts';
import { createFiles } from '../host/files.ts';
import { createLocks } from '../host/locks.ts';
import { createObjectQueue } from '../operations/object-queue.ts';
import { renderPrograms } from '../render/programs.ts';
import { createTemplates } from '../render/templates.ts';
import type { HistoryContext } from './history.ts';
import type { Surroundings } from './installation.ts';

const STANDARD_ERROR = 2;

type Parts = Pick<Surroundings, 'environment' | 'installation'>;

/**
 * As standaloneContext(), for commands that a boot needs: an option that is wrong keeps no interface down. It has its default, and a
 * line of the log says so.
 */
export async function bootContext(configFile: string, surroundings: Parts): Promise<HistoryContext> {
  const { config, warnings } = await readUsableConfigFile(createFiles(), configFile);
  const context = await contextOf(config, surroundings);
  for (const warning of warnings) context.logger.warn({ file: configFile }, warning);
  return context;
}

/**
 * What a command needs that works on the amphora without the agent, or beside it: what either does to an object, the other
 * waits for. Its log goes to standard error.
 * @throws InvalidConfiguration
 */
export async function standaloneContext(configFile: string, surroundings: Parts): Promise<HistoryContext> {
  const { config } = await readConfigFile(createFiles(), configFile);
  return contextOf(config, surroundings);
}

async function contextOf(config: AgentConfig, { environment, installation }: Parts): Promise<HistoryContext> {
  const paths = createPaths(config);
  const logger = pino({ base: null, level: 'warn' }, pino.destination(STANDARD_ERROR));
  const programs = () => renderPrograms(createTemplates(installation.templates));
  const host = await createHost(config, paths, logger, environment['PATH'], programs);
  // services that end meanwhile are the agent's to start again
  host.services.close();
  return { config: () => config, paths, host, logger, queue: createObjectQueue(createLocks(paths.base)) };
}
