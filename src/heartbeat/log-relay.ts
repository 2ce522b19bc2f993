import { type Logger, pino } from 'pino';

/** The logger of the heartbeat thread: its lines go to the main thread, which alone knows where logs are kept. */
export function createRelayLogger(level: string, tell: (line: string) => void): Logger {
  return pino({ level, base: null, timestamp: false }, { write: tell });
}

/** Logs a line of the heartbeat thread as one of the main thread's own. */
export function relayLogLine(logger: Logger, line: string): void {
  const { level, msg, ...fields } = JSON.parse(line);
  logger[levelName(level)]({ thread: 'heartbeat', ...fields }, msg);
}

function levelName(level: unknown): 'debug' | 'info' | 'warn' | 'error' {
  if (typeof level !== 'number' || level >= 50) return 'error';
  if (level >= 40) return 'warn';
  return level >= 30 ? 'info' : 'debug';
}
