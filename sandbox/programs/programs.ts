import { searchPath } from '../../src/domain/search-path.ts';
import {
  type Argv,
  type CommandResult,
  createCommandRunner,
  type RunOptions,
} from '../../src/host/command.ts';

/** The PATH with all directories of programs on Debian. The PATH of ordinary users often lacks /usr/sbin. */
export const SYSTEM_PATH = searchPath([], undefined);

const TIMEOUT_MS = 60_000;
const commands = createCommandRunner();

/** Runs a program of the system, for at most 60 s by default. @throws CommandFailed */
export function runProgram(argv: Argv, options: Partial<RunOptions> = {}): Promise<CommandResult> {
  return commands.run(argv, {
    timeoutMs: TIMEOUT_MS,
    ...options,
    env: { PATH: SYSTEM_PATH, ...options.env },
  });
}
