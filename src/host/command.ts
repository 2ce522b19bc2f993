import { execa } from 'execa';
import { CommandFailed } from '../errors.ts';

/** A program and its arguments; never a shell line. */
export type Argv = readonly [program: string, ...args: string[]];

export interface RunOptions {
  /** milliseconds until the program is ended (SIGTERM, 2 s later SIGKILL) */
  readonly timeoutMs: number;
  /** text for standard input; without it standard input is empty */
  readonly input?: string;
  /** exit codes that are no failure; default only 0 */
  readonly okCodes?: readonly number[];
  readonly env?: Readonly<Record<string, string>>;
  /** its output is thrown away, so that what it leaves in the background holds no pipe of the agent's open */
  readonly discardOutput?: boolean;
}

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** both streams, in the order they came */
  readonly output: string;
}

/** Runs programs. @throws CommandFailed on any other exit code, on a timeout and when the program can't be started */
export interface CommandRunner {
  run(argv: Argv, options: RunOptions): Promise<CommandResult>;
}

const OUTPUT_LIMIT = 8 * 1024 * 1024;
const KILL_DELAY_MS = 2000;
/** What a program that was killed has left behind may hold its output open for ever. */
const OUTPUT_DELAY_MS = 500;

export function createCommandRunner(): CommandRunner {
  return { run };
}

async function run(argv: Argv, options: RunOptions): Promise<CommandResult> {
  const [program, ...args] = argv;
  const stream = options.discardOutput === true ? 'ignore' : 'pipe';
  const running = execa(program, args, {
    all: true,
    stdout: stream,
    stderr: stream,
    reject: false,
    stripFinalNewline: false,
    timeout: options.timeoutMs,
    forceKillAfterDelay: KILL_DELAY_MS,
    maxBuffer: OUTPUT_LIMIT,
    env: { LC_ALL: 'C', ...options.env },
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  });
  const giveUp = setTimeout(
    () => {
      running.stdout?.destroy();
      running.stderr?.destroy();
    },
    options.timeoutMs + KILL_DELAY_MS + OUTPUT_DELAY_MS,
  );
  const result = await running;
  clearTimeout(giveUp);
  const output = result.all ?? '';
  const okCodes = options.okCodes ?? [0];
  if (result.exitCode !== undefined && okCodes.includes(result.exitCode) && !result.timedOut) {
    return { exitCode: result.exitCode, stdout: result.stdout ?? '', stderr: result.stderr ?? '', output };
  }
  throw new CommandFailed({
    argv,
    exitCode: result.exitCode,
    timedOut: result.timedOut,
    signal: result.signal,
    output,
    reason: failureReason(result, options.timeoutMs),
  });
}

interface Ending {
  readonly exitCode?: number | undefined;
  readonly timedOut: boolean;
  readonly isMaxBuffer: boolean;
  readonly signal?: string | undefined;
  readonly code?: string | undefined;
}

function failureReason(ending: Ending, timeoutMs: number): string {
  if (ending.timedOut) return `no end after ${timeoutMs} ms`;
  if (ending.isMaxBuffer) return `more than ${OUTPUT_LIMIT} bytes of output`;
  if (ending.exitCode !== undefined) return `exit code ${ending.exitCode}`;
  if (ending.signal !== undefined) return `ended by ${ending.signal}`;
  return ending.code === 'ENOENT' ? 'not installed' : `can't be started (${ending.code ?? 'unknown'})`;
}
