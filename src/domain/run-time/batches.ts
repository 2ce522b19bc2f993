import type { Command } from './member-changes.ts';

/** The most bytes of one batch. haproxy 2.6 and 3.0 take 34 kB on one line (measured). */
const LONGEST_BATCH = 30_000;

/**
 * Divides commands into batches, one for each connection: commands for one backend, without dividing those of one server.
 * @param commands in their order, those of one backend and of one server beside each other
 */
export function batches(commands: readonly Command[]): Command[][] {
  const divided: Command[][] = [];
  let bytes = 0;
  let last: Command | undefined;
  for (const command of commands) {
    const isNewServer = last?.server !== command.server;
    if (last?.backend !== command.backend || (isNewServer && bytes > LONGEST_BATCH)) {
      divided.push([]);
      bytes = 0;
    }
    divided.at(-1)?.push(command);
    bytes += command.text.length;
    last = command;
  }
  return divided;
}
