import { type Logger, pino, stdSerializers } from 'pino';
import { type Agent, startAgent } from '../agent.ts';
import { AgentError } from '../errors.ts';
import { developmentCertificate } from './development-certificate.ts';
import type { Exit, Surroundings } from './installation.ts';

export interface ServeOptions {
  readonly configFile: string;
  readonly insecureDev: boolean;
}

/** Runs the agent until SIGTERM or SIGINT. @throws InvalidConfiguration */
export async function serve(
  options: ServeOptions,
  { installation, environment, exit }: Surroundings,
): Promise<void> {
  const logger = createLogger();
  endOnDefects(logger, exit);
  let agent: Agent | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    logger.info({ signal }, 'stopping');
    void (agent?.close() ?? Promise.resolve()).then(() => exit(0));
  };
  process.once('SIGTERM', stop).on('SIGTERM', ignore);
  process.once('SIGINT', stop).on('SIGINT', ignore);
  process.on('SIGHUP', () => void agent?.reloadConfig());
  agent = await startAgent(
    {
      configFile: options.configFile,
      developmentCertificate: options.insecureDev ? await developmentCertificate() : undefined,
      heartbeatEntry: installation.entry,
      templates: installation.templates,
      systemd: {
        notifySocket: environment['NOTIFY_SOCKET'],
        watchdogUsec: environment['WATCHDOG_USEC'],
        watchdogPid: environment['WATCHDOG_PID'],
      },
    },
    logger,
  );
}

/** A signal that comes again while the agent closes must not cut that short. */
const ignore = (): void => undefined;

function createLogger(): Logger {
  return pino({
    base: null,
    redact: ['heartbeatKey', '*.heartbeatKey', 'key', '*.key'],
    serializers: { err: serializeError },
  });
}

/** What goes wrong on purpose needs no stack: its own fields say what it is about. */
function serializeError(error: unknown): unknown {
  if (!(error instanceof AgentError)) return error instanceof Error ? stdSerializers.err(error) : error;
  return { ...error, type: error.name, message: error.message };
}

function endOnDefects(logger: Logger, exit: Exit): void {
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (error: unknown) => {
      logger.fatal({ err: error }, 'a defect of the agent: it ends, to be started anew');
      exit(1);
    });
  }
}
