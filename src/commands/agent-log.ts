import { type Logger, multistream, pino, stdSerializers } from 'pino';
import { marked } from '../domain/syslog.ts';
import { AgentError } from '../errors.ts';
import { createSyslogForwarder, OCTAVIA_LOG_SOCKET } from '../host/syslog.ts';

/** The agent's log: always on standard output, for the journal; in syslog too where the configuration says so. */
export interface AgentLog {
  readonly logger: Logger;
  /** From now on lines go to the syslog of amphorae too. @param facility as syslog_log_facility has it */
  forwardToSyslog(facility: string): void;
}

const STANDARD_OUTPUT = 1;
/** All that the logger lets through, whose own level changes. */
const EVERYTHING = 'trace';

export function createAgentLog(): AgentLog {
  const output = pino.destination(STANDARD_OUTPUT);
  let isForwarded = false;
  const printed = { write: (line: string) => void output.write(isForwarded ? marked(line) : line) };
  const streams = multistream([{ stream: printed, level: EVERYTHING }]);
  const logger = pino(
    {
      base: null,
      redact: ['heartbeatKey', '*.heartbeatKey', 'key', '*.key'],
      serializers: { err: serializeError },
    },
    streams,
  );
  return {
    logger,
    forwardToSyslog(facility) {
      isForwarded = true;
      const stream = createSyslogForwarder({ socket: OCTAVIA_LOG_SOCKET, facility });
      streams.add({ stream, level: EVERYTHING });
    },
  };
}

/** What goes wrong on purpose needs no stack: its own fields say what it is about. */
function serializeError(error: unknown): unknown {
  if (!(error instanceof AgentError)) return error instanceof Error ? stdSerializers.err(error) : error;
  return { ...error, type: error.name, message: error.message };
}
