import { type Logger, multistream, pino, stdSerializers } from 'pino';
import { marked } from '../domain/syslog.ts';
import { AgentError } from '../errors.ts';
import { createSyslogForwarder, OCTAVIA_LOG_SOCKET } from '../host/syslog.ts';

/** The agent's log. It always goes to standard output, for the journal, and also to syslog if `use_syslog` is set. */
export interface AgentLog {
  readonly logger: Logger;
  /** Sends all further lines to the amphora's syslog too. @param facility value of syslog_log_facility */
  forwardToSyslog(facility: string): void;
}

const STANDARD_OUTPUT = 1;
/** The level of the streams. They write every line that the logger passes, because the level of the logger changes. */
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

/** Leaves the stack out of expected failures: their fields say what failed. */
function serializeError(error: unknown): unknown {
  if (!(error instanceof AgentError)) return error instanceof Error ? stdSerializers.err(error) : error;
  return { ...error, type: error.name, message: error.message };
}
