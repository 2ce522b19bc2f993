import { searchPath } from '../../src/domain/search-path.ts';
import {
  type Argv,
  type CommandResult,
  createCommandRunner,
  type RunOptions,
} from '../../src/host/command.ts';

/** Where Debian has its programs; users who aren't root often have no /usr/sbin in theirs. */
export const SYSTEM_PATH = searchPath([], undefined);

const TIMEOUT_MS = 10_000;
const commands = createCommandRunner();

/** Runs one of the system's programs (10 s at most unless told otherwise). @throws CommandFailed */
export function runProgram(argv: Argv, options: Partial<RunOptions> = {}): Promise<CommandResult> {
  return commands.run(argv, {
    timeoutMs: TIMEOUT_MS,
    ...options,
    env: { PATH: SYSTEM_PATH, ...options.env },
  });
}
