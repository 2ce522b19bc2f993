import { pino } from 'pino';
import { loadConfig } from '../config/load-config.ts';
import type { AgentConfig } from '../config/options.ts';
import { readConfigFile, readUsableConfigFile } from '../config-file.ts';
import { createPaths } from '../domain/paths.ts';
import { InvalidConfiguration } from '../errors.ts';
import { createHost } from '../host/create-host.ts';
import { createFiles } from '../host/files.ts';
import { createLocks, createTriedLocks } from '../host/locks.ts';
import { createObjectQueue } from '../operations/object-queue.ts';
import { renderPrograms } from '../render/programs.ts';
import { createTemplates } from '../render/templates.ts';
import type { HistoryContext } from './history.ts';
import type { Surroundings } from './installation.ts';

const STANDARD_ERROR = 2;

type Parts = Pick<Surroundings, 'environment' | 'installation'>;

/**
 * Creates a context like standaloneContext(), for a report. It works with any configuration file: a wrong option gets its
 * default, and an unreadable file means defaults only.
 */
export async function reportContext(configFile: string, surroundings: Parts): Promise<HistoryContext> {
  return contextOf(await configForReport(configFile), surroundings);
}

/**
 * Creates a context like standaloneContext(), for commands that a boot needs. A wrong option must not keep an interface down: the
 * option gets its default, and a warning is logged.
 */
export async function bootContext(configFile: string, surroundings: Parts): Promise<HistoryContext> {
  const { config, warnings } = await readUsableConfigFile(createFiles(), configFile);
  const context = await contextOf(config, surroundings);
  for (const warning of warnings) context.logger.warn({ file: configFile }, warning);
  return context;
}

/** A configuration with the only option that has no default. */
const DEFAULTS = '[amphora_agent]\namphora_id = 00000000-0000-0000-0000-000000000000\n';

async function configForReport(configFile: string): Promise<AgentConfig> {
  try {
    return (await readUsableConfigFile(createFiles(), configFile)).config;
  } catch (error) {
    if (!(error instanceof InvalidConfiguration)) throw error;
    return loadConfig('defaults', DEFAULTS).config;
  }
}

/**
 * Creates the context of a command that works on the amphora without the agent, or beside the agent. Locks on disk make
 * the command and the agent wait for each other. The command's log goes to standard error.
 * @throws InvalidConfiguration
 */
export async function standaloneContext(configFile: string, surroundings: Parts): Promise<HistoryContext> {
  const { config } = await readConfigFile(createFiles(), configFile);
  return contextOf(config, surroundings);
}

async function contextOf(config: AgentConfig, { environment, installation }: Parts): Promise<HistoryContext> {
  const paths = createPaths(config);
  const logger = pino({ base: null, level: 'warn' }, pino.destination(STANDARD_ERROR));
  // most commands render nothing: the templates are opened with the first text
  const programs = renderPrograms((file, values) => createTemplates(installation.templates)(file, values));
  const host = await createHost(config, paths, logger, environment['PATH'], programs);
  // the agent, not this command, restarts services that end in the meantime
  host.services.close();
  const queue = createObjectQueue(createLocks(paths.base), createTriedLocks(paths.base));
  return { config: () => config, paths, host, logger, queue };
}
