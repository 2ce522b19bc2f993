import { CommandFailed } from '../../errors.ts';
import type { Argv, CommandRunner } from '../command.ts';

const QUERY_TIMEOUT_MS = 20_000;
const EXCERPT_LIMIT = 8 * 1024;
const OUTPUT_LIMIT = 256 * 1024;

/** Returns the last lines that the service itself printed. @param name of the service, without `.service` */
export const printedSince = async (commands: CommandRunner, name: string, since: Date): Promise<string> =>
  (await journalSince(commands, name, { since, transports: ['stdout'] })).slice(-EXCERPT_LIMIT);

/** Returns what the service logged, with syslog: a service that forks has no streams of its own and writes all output to syslog. */
export const loggedSince = async (commands: CommandRunner, name: string, since: Date): Promise<string> =>
  (await journalSince(commands, name, { since, transports: ['stdout', 'syslog'] })).slice(-OUTPUT_LIMIT);

async function journalSince(
  commands: CommandRunner,
  name: string,
  { since, transports }: { readonly since: Date; readonly transports: readonly string[] },
): Promise<string> {
  const journal = async (...args: string[]): Promise<string> => {
    const argv: Argv = ['journalctl', ...args];
    return (await commands.run(argv, { timeoutMs: QUERY_TIMEOUT_MS })).stdout;
  };
  try {
    await journal('--sync');
    return await journal(
      '--no-pager',
      '--quiet',
      '--output=cat',
      `--since=@${since.getTime() / 1000}`,
      `_SYSTEMD_UNIT=${name}.service`,
      ...transports.map((transport) => `_TRANSPORT=${transport}`),
    );
  } catch (error) {
    if (error instanceof CommandFailed) return '';
    throw error;
  }
}
