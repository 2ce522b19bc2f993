import type { DriftResult } from '../../domain/drift/drift-report.ts';
import { printableLines } from '../../domain/text/printable.ts';
import { AgentError, InvalidConfiguration, reasonOf } from '../../errors.ts';
import { AgentUnreachable, InvalidTarget } from '../../host/agent/agent-errors.ts';

/** The exit codes of `ctl`, for scripts. `unknown`: nothing bad was found, but the agent has not looked at everything. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unreachable: 3, unknown: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit code of `drift`, by what is known. */
export const DRIFT_EXIT: Readonly<Record<DriftResult, ExitCode>> = {
  drift: EXIT.failed,
  'no drift': EXIT.ok,
  unknown: EXIT.unknown,
};

/** The result of a subcommand. */
export interface CtlOutcome {
  readonly exitCode: ExitCode;
  /** for standard output */
  readonly output: string;
}

/** The command line has a value with which nothing can be sent. */
export class UsageFault extends AgentError {}

/**
 * Returns the exit code and the line for standard error of a failure.
 * @throws the error itself if it is a defect of this program
 */
export function failureOf(error: unknown): { readonly exitCode: ExitCode; readonly message: string } {
  if (!(error instanceof AgentError) && !isSystemError(error)) throw error;
  const message = `Error: ${printableLines(reasonOf(error)).join('\n')}\n`;
  return { exitCode: exitCodeOf(error), message };
}

function exitCodeOf(error: unknown): ExitCode {
  const isUsage =
    error instanceof UsageFault || error instanceof InvalidTarget || error instanceof InvalidConfiguration;
  if (isUsage) return EXIT.usage;
  return error instanceof AgentUnreachable ? EXIT.unreachable : EXIT.failed;
}

/** Recognizes Node's error for a failed system call, such as a write to a full disk. */
const isSystemError = (error: unknown): boolean => error instanceof Error && 'code' in error;
