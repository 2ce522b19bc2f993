import { type Logger, pino } from 'pino';

/** Creates the logger of the heartbeat thread. Its lines go to the main thread, which writes all logs. */
export function createRelayLogger(level: string, relay: (line: string) => void): Logger {
  return pino({ level, base: null, timestamp: false }, { write: relay });
}

/** Logs a line of the heartbeat thread in the log of the main thread. */
export function relayLogLine(logger: Logger, line: string): void {
  const { level, msg, ...fields } = JSON.parse(line);
  logger[levelName(level)]({ thread: 'heartbeat', ...fields }, msg);
}

function levelName(level: unknown): 'debug' | 'info' | 'warn' | 'error' {
  if (typeof level !== 'number' || level >= 50) return 'error';
  if (level >= 40) return 'warn';
  return level >= 30 ? 'info' : 'debug';
}
