import { type Logger, multistream, pino, stdSerializers } from 'pino';
import type { AgentConfig } from '../config/options.ts';
import { marked } from '../domain/syslog.ts';
import { AgentError } from '../errors.ts';
import { createSyslogForwarder, MACHINE_LOG_SOCKET, OCTAVIA_LOG_SOCKET } from '../host/syslog.ts';

/** The agent's log. It always goes to standard output, for the journal, and also to syslog if `use_syslog` is set. */
export interface AgentLog {
  readonly logger: Logger;
  /** Sends all further lines to the amphora's syslog too. @param facility value of syslog_log_facility */
  forwardToSyslog(facility: string): void;
}

const STANDARD_OUTPUT = 1;
const STANDARD_ERROR = 2;
/** The level of the streams. They write every line that the logger passes, because the level of the logger changes. */
const EVERYTHING = 'trace';

const OPTIONS = {
  base: null,
  redact: ['heartbeatKey', '*.heartbeatKey', 'key', '*.key'],
  serializers: { err: serializeError },
};

/** Creates the log of the daemon. */
export function createAgentLog(): AgentLog {
  const output = pino.destination(STANDARD_OUTPUT);
  let isForwarded = false;
  const printed = { write: (line: string) => void output.write(isForwarded ? marked(line) : line) };
  const streams = multistream([{ stream: printed, level: EVERYTHING }]);
  const logger = pino(OPTIONS, streams);
  return {
    logger,
    forwardToSyslog(facility) {
      isForwarded = true;
      const stream = createSyslogForwarder({ socket: OCTAVIA_LOG_SOCKET, facility });
      streams.add({ stream, level: EVERYTHING });
    },
  };
}

/** The lines that a command writes in place of the agent. */
export interface CommandLog {
  readonly logger: Logger;
  /** Resolves when all lines have arrived, at the latest after this time. No line may come later. */
  close(withinMs: number): Promise<void>;
}

/**
 * Creates a log whose lines go to the amphora's syslog if `use_syslog` is set, otherwise to the journal, as those of an agent that
 * runs. Warnings go to standard error, too.
 */
export function createCommandLog({
  useSyslog,
  syslogLogFacility: facility,
}: Pick<AgentConfig, 'useSyslog' | 'syslogLogFacility'>): CommandLog {
  const socket = useSyslog ? OCTAVIA_LOG_SOCKET : MACHINE_LOG_SOCKET;
  const syslog = createSyslogForwarder({ socket, facility });
  const streams = multistream([
    { stream: pino.destination(STANDARD_ERROR), level: 'warn' },
    { stream: syslog, level: EVERYTHING },
  ]);
  return { logger: pino(OPTIONS, streams), close: syslog.close };
}

/** Leaves the stack out of expected failures: their fields say what failed. */
function serializeError(error: unknown): unknown {
  if (!(error instanceof AgentError)) return error instanceof Error ? stdSerializers.err(error) : error;
  return { ...error, type: error.name, message: error.message };
}
