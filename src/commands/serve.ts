import type { Logger } from 'pino';
import { agentVersion, insecureCertificate } from '#development';
import { type Agent, startAgent } from '../agent.ts';
import { createStartFacts } from '../host/start-facts.ts';
import { createAgentLog } from './agent-log.ts';
import type { Exit, Surroundings } from './installation.ts';

export interface ServeOptions {
  readonly configFile: string;
  /** an option that only development builds have */
  readonly insecureDev?: boolean;
}

/** Runs the agent until SIGTERM or SIGINT. @throws InvalidConfiguration */
export async function serve(
  options: ServeOptions,
  { installation, environment, exit }: Surroundings,
): Promise<void> {
  const { logger, forwardToSyslog } = createAgentLog();
  endOnDefects(logger, exit);
  let agent: Agent | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    logger.info({ signal }, 'stopping');
    void (agent?.close() ?? Promise.resolve()).then(() => exit(0));
  };
  process.once('SIGTERM', stop).on('SIGTERM', ignore);
  process.once('SIGINT', stop).on('SIGINT', ignore);
  const started = Promise.withResolvers<Agent>();
  // The agent reads its file at the beginning of its start, which may take seconds.
  process.on('SIGHUP', () => void started.promise.then((running) => running.reloadConfig()));
  agent = await startAgent(
    {
      version: agentVersion,
      facts: createStartFacts(environment['PATH'] ?? ''),
      configFile: options.configFile,
      developmentCertificate: options.insecureDev ? await insecureCertificate() : undefined,
      heartbeatEntry: installation.entry,
      templates: installation.templates,
      commands: installation.commands,
      path: environment['PATH'],
      forwardToSyslog,
      systemd: {
        notifySocket: environment['NOTIFY_SOCKET'],
        watchdogUsec: environment['WATCHDOG_USEC'],
        watchdogPid: environment['WATCHDOG_PID'],
      },
    },
    logger,
  );
  started.resolve(agent);
}

/** Handles a repeated signal: it must not end the process while the agent closes. */
const ignore = (): void => undefined;

function endOnDefects(logger: Logger, exit: Exit): void {
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (error: unknown) => {
      logger.fatal(
        { err: error },
        'uncaught exception, exiting so that the service manager restarts the agent',
      );
      exit(1);
    });
  }
}
