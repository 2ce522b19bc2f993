import { childrenIn } from '../../domain/keepalived/keepalived-log.ts';
import { isRecord } from '../../domain/text/json-shapes.ts';
import { CommandFailed } from '../../errors.ts';
import type { Argv, CommandRunner } from '../command.ts';

const QUERY_TIMEOUT_MS = 20_000;
const EXCERPT_LIMIT = 8 * 1024;
const OUTPUT_LIMIT = 256 * 1024;

/** Matches of journalctl(1): `+` separates alternatives. */
type Matches = readonly string[];

const unit = (name: string): string => `_SYSTEMD_UNIT=${name}.service`;
const transport = (kind: 'stdout' | 'syslog'): string => `_TRANSPORT=${kind}`;
const logged = (name: string): Matches => [unit(name), transport('stdout'), transport('syslog')];

/** Returns the last lines that the service itself printed. @param name of the service, without `.service` */
export const printedSince = (commands: CommandRunner, name: string, since: Date): Promise<string> =>
  fromJournal(commands, since, async (lines) =>
    (await lines([unit(name), transport('stdout')])).slice(-EXCERPT_LIMIT),
  );

/** Returns what the service logged, with syslog: a service that forks has no streams of its own and writes all output to syslog. */
export const loggedSince = (commands: CommandRunner, name: string, since: Date): Promise<string> =>
  fromJournal(commands, since, async (lines) => (await lines(logged(name))).slice(-OUTPUT_LIMIT));

/**
 * Returns what a keepalived logged that may have ended. The journal finds out the unit of a line by the process that sent it: a
 * line whose process has ended by then has no unit. Such lines are found by the process: the main one, and those that it says
 * it started. Without a main process, they are found by the names of keepalived's programs.
 * @param mainPid undefined: the service had none, or systemd was too slow to see it
 */
export const loggedByEnded = (
  commands: CommandRunner,
  name: string,
  { since, mainPid }: { readonly since: Date; readonly mainPid: number | undefined },
): Promise<string> =>
  fromJournal(commands, since, async (lines) => {
    const withProcesses = (pids: readonly number[]): Matches => [
      ...logged(name),
      '+',
      ...pids.map((pid) => `_PID=${pid}`),
      transport('syslog'),
    ];
    if (mainPid === undefined) {
      const entries = await lines([...logged(name), '+', ...PROGRAMS], 'json');
      return linesOfUnit(entries, name).slice(-OUTPUT_LIMIT);
    }
    const log = await lines(withProcesses([mainPid]));
    const children = childrenIn(log);
    const whole = children.length === 0 ? log : await lines(withProcesses([mainPid, ...children]));
    return whole.slice(-OUTPUT_LIMIT);
  });

/** What a keepalived logs, with the names of its parent process and of its children. */
const PROGRAMS: Matches = [
  transport('syslog'),
  ...['Keepalived', 'Keepalived_vrrp', 'Keepalived_healthcheckers'].map(
    (name) => `SYSLOG_IDENTIFIER=${name}`,
  ),
];

/** Returns the lines of a service, and those without a unit. @param entries each a line of JSON (journalctl(1), --output=json) */
function linesOfUnit(entries: string, name: string): string {
  const texts = entries.split('\n').map((line) => {
    const entry: unknown = line === '' ? undefined : JSON.parse(line);
    if (!isRecord(entry)) return '';
    const { _SYSTEMD_UNIT: owner, MESSAGE: message } = entry;
    const isMeant = owner === undefined || owner === `${name}.service`;
    // a message that is no text is a list of bytes
    return isMeant && typeof message === 'string' ? `${message}\n` : '';
  });
  return texts.join('');
}

/** Reads the journal once it has what was sent before. @returns '' if journalctl fails */
async function fromJournal(
  commands: CommandRunner,
  since: Date,
  read: (lines: (matches: Matches, output?: 'cat' | 'json') => Promise<string>) => Promise<string>,
): Promise<string> {
  const journal = async (...args: string[]): Promise<string> => {
    const argv: Argv = ['journalctl', ...args];
    return (await commands.run(argv, { timeoutMs: QUERY_TIMEOUT_MS })).stdout;
  };
  const shown = ['--no-pager', '--quiet', `--since=@${since.getTime() / 1000}`];
  try {
    await journal('--sync');
    return await read((matches, output = 'cat') => journal(...shown, `--output=${output}`, ...matches));
  } catch (error) {
    if (error instanceof CommandFailed) return '';
    throw error;
  }
}
