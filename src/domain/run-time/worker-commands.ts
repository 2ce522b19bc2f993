import { type ServerName, serverKey } from './run-time-record.ts';

/**
 * The longest command that the agent sends. haproxy answers a command that is longer than its buffer (16 384 bytes by default)
 * with its help text (measured with 2.6 and 3.0).
 */
export const LONGEST_COMMAND = 8_000;

/**
 * Returns the text that sends commands to the current worker over the master's socket (haproxy management guide, section
 * 9.4): each command has a prefix of its own.
 * @param commands of one line each, without `;`
 */
export const toWorker = (commands: readonly string[]): string =>
  commands.map((command) => `@1 ${command}`).join(';');

/** Returns a command that changes a server. @param change for example `state maint` or `weight 5` */
export const setServer = (server: ServerName, change: string): string =>
  `set server ${serverKey(server)} ${change}`;

/**
 * Divides the answer to several commands, each of which ends with an empty line. Reads only commands whose answers contain
 * no empty line.
 * @returns the answers without line ends, '' for an empty one; undefined unless there are exactly as many as commands
 */
export function dividedAnswers(answer: string, count: number): string[] | undefined {
  const answers: string[] = [];
  let open: string[] = [];
  const lines = answer.split('\n');
  if (lines.pop() !== '') return undefined;
  for (const line of lines) {
    if (line !== '') open.push(line);
    else {
      answers.push(open.join('\n'));
      open = [];
    }
  }
  return open.length === 0 && answers.length === count ? answers : undefined;
}
