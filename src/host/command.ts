import { execa } from 'execa';
import { CommandFailed } from '../errors.ts';
import { collectOutput } from './program-output.ts';

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
  /** characters of both streams that are kept as `output`; default 65 536 */
  readonly keptOutput?: number;
  /** gets every part of both streams as it comes, also what is not kept */
  readonly onOutput?: (part: string) => void;
}

export interface CommandResult {
  readonly exitCode: number;
  /** all of it */
  readonly stdout: string;
  /** both streams, in the order they came; the beginning and the end of what is longer than `keptOutput` */
  readonly output: string;
}

/** Runs programs. @throws CommandFailed on any other exit code, on a timeout and when the program can't be started */
export interface CommandRunner {
  run(argv: Argv, options: RunOptions): Promise<CommandResult>;
}

/** What a program may print before it is ended: characters of both streams together. */
const OUTPUT_LIMIT = 8 * 1024 * 1024;
/** keepalived prints 80 characters and more for each character of a broken file. */
const KEPT_OUTPUT = 64 * 1024;
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
    // read below: execa holds each stream several times until the end
    buffer: false,
    stdout: stream,
    stderr: stream,
    reject: false,
    timeout: options.timeoutMs,
    forceKillAfterDelay: KILL_DELAY_MS,
    env: { LC_ALL: 'C', ...options.env },
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  });
  const printed = collectOutput(running, {
    limit: OUTPUT_LIMIT,
    kept: options.keptOutput ?? KEPT_OUTPUT,
    onOutput: options.onOutput,
    onTooLong: () => void running.kill(),
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
  const { stdout, output, isTooLong } = printed();
  const okCodes = options.okCodes ?? [0];
  const exitCode = result.timedOut || isTooLong ? undefined : result.exitCode;
  if (exitCode !== undefined && okCodes.includes(exitCode)) return { exitCode, stdout, output };
  throw new CommandFailed({
    argv,
    exitCode,
    timedOut: result.timedOut,
    signal: result.signal,
    output,
    reason: failureReason({ ...result, isTooLong }, options.timeoutMs),
  });
}

interface Ending {
  readonly exitCode?: number | undefined;
  readonly timedOut: boolean;
  readonly isTooLong: boolean;
  readonly signal?: string | undefined;
  readonly code?: string | undefined;
}

function failureReason(ending: Ending, timeoutMs: number): string {
  if (ending.timedOut) return `no end after ${timeoutMs} ms`;
  if (ending.isTooLong) return `more than ${OUTPUT_LIMIT} characters of output`;
  if (ending.exitCode !== undefined) return `exit code ${ending.exitCode}`;
  if (ending.signal !== undefined) return `ended by ${ending.signal}`;
  return ending.code === 'ENOENT' ? 'not installed' : `can't be started (${ending.code ?? 'unknown'})`;
}
