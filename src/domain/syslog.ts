/** Codes of syslog's facilities (RFC 5424, table 1), by the names that oslo.config gives them. */
const FACILITY_CODES: ReadonlyMap<string, number> = new Map(
  'USER MAIL DAEMON AUTH SYSLOG LPR NEWS UUCP CRON AUTHPRIV'
    .split(' ')
    .map((name, index): [string, number] => [`LOG_${name}`, index + 1])
    .concat(Array.from({ length: 8 }, (_, index): [string, number] => [`LOG_LOCAL${index}`, index + 16])),
);
const USER = 1;

/** The lowest pino level of each severity (RFC 5424, table 2). */
const SEVERITIES: readonly (readonly [level: number, severity: number])[] = [
  [60, 2],
  [50, 3],
  [40, 4],
  [30, 6],
];
const DEBUG = 7;

const LEVEL = /^\{"level":(\d+)/;

/**
 * Returns the priority of a line of the agent's log: facility × 8 + severity (RFC 5424, section 6.2.1).
 * @param facility the value of the option syslog_log_facility
 * @param line a line as pino writes it
 */
export function syslogPriority(facility: string, line: string): number {
  const level = Number(LEVEL.exec(line)?.[1] ?? 0);
  const severity = SEVERITIES.find(([from]) => level >= from)?.[1] ?? DEBUG;
  return (FACILITY_CODES.get(facility) ?? USER) * 8 + severity;
}

/**
 * Marks a line that goes to standard output and to syslog. journald forwards standard output to syslog, and the rule of
 * systemd/rsyslog/05-amphora-agent.conf drops what is marked, so that each line stands there once.
 * @param line as pino writes it
 */
export const marked = (line: string): string => line.replace(/^\{"level":\d+,/, '$&"syslog":true,');
