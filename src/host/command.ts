import { execa } from 'execa';
import { CommandFailed } from '../errors.ts';
import { collectOutput } from './program-output.ts';

/** A program and its arguments. No shell reads them. */
export type Argv = readonly [program: string, ...args: string[]];

export interface RunOptions {
  /** milliseconds until the runner ends the program (SIGTERM, 2 s later SIGKILL) */
  readonly timeoutMs: number;
  /** text for standard input; default: empty */
  readonly input?: string;
  /** exit codes that count as success; default: only 0 */
  readonly okCodes?: readonly number[];
  readonly env?: Readonly<Record<string, string>>;
  /** discards the output, so that a background process of the program holds no pipe of the agent open */
  readonly discardOutput?: boolean;
  /** how many characters of both streams `output` holds; default 65 536 */
  readonly keptOutput?: number;
  /** receives every part of both streams as it arrives, also the parts that `output` omits */
  readonly onOutput?: (part: string) => void;
}

export interface CommandResult {
  readonly exitCode: number;
  /** the whole of standard output */
  readonly stdout: string;
  /** both streams, in the order of arrival; only the beginning and the end when it is longer than `keptOutput` */
  readonly output: string;
}

/** Runs programs. @throws CommandFailed on an exit code that is not in `okCodes`, on a timeout and when the start fails */
export interface CommandRunner {
  run(argv: Argv, options: RunOptions): Promise<CommandResult>;
}

/** The most that a program may print before the runner ends it: characters of both streams together. */
const OUTPUT_LIMIT = 8 * 1024 * 1024;
/** The default of `keptOutput`. keepalived prints 80 and more characters for each character of a broken file. */
const KEPT_OUTPUT = 64 * 1024;
const KILL_DELAY_MS = 2000;
/** Time after SIGKILL until the runner closes the streams: a child of the killed program may hold them open for ever. */
const OUTPUT_DELAY_MS = 500;

export function createCommandRunner(): CommandRunner {
  return { run };
}

async function run(argv: Argv, options: RunOptions): Promise<CommandResult> {
  const [program, ...args] = argv;
  const stream = options.discardOutput === true ? 'ignore' : 'pipe';
  const running = execa(program, args, {
    // collectOutput() reads the streams: execa's buffers hold each stream several times until the program ends
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
    isNotInstalled: result.code === NOT_INSTALLED,
    signal: result.signal,
    output,
    reason: failureReason({ ...result, isTooLong }, options.timeoutMs),
  });
}

/** The code of Node's error for a program that doesn't exist. */
const NOT_INSTALLED = 'ENOENT';

interface Ending {
  readonly exitCode?: number | undefined;
  readonly timedOut: boolean;
  readonly isTooLong: boolean;
  readonly signal?: string | undefined;
  readonly code?: string | undefined;
}

function failureReason(ending: Ending, timeoutMs: number): string {
  if (ending.timedOut) return `did not end within ${timeoutMs} ms`;
  if (ending.isTooLong) return `more than ${OUTPUT_LIMIT} characters of output`;
  if (ending.exitCode !== undefined) return `exit code ${ending.exitCode}`;
  if (ending.signal !== undefined) return `ended by ${ending.signal}`;
  return ending.code === NOT_INSTALLED ? 'not installed' : `can't be started (${ending.code ?? 'unknown'})`;
}
