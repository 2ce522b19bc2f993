import type { CtlOutcome, ExitCode } from '../outcome.ts';
import { EXIT, failureOf } from '../outcome.ts';
import { type Fleet, type FleetOptions, fleetOf } from './fleet.ts';
import { createProgress, type Progress } from './progress.ts';

/** Where a subcommand runs: its fleet, and the ways to show progress and to end. */
export interface FleetRun {
  readonly fleet: Fleet;
  readonly json: boolean;
  readonly progress: Progress;
  /** aborted by Ctrl-C, and by signals that end a process */
  readonly signal: AbortSignal;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs a subcommand on its fleet, prints its output, and ends the process with its exit code. */
export async function runOnFleet(
  options: FleetOptions & { readonly json: boolean },
  exit: (code: number) => void,
  use: (run: FleetRun) => Promise<CtlOutcome>,
): Promise<void> {
  const ending = new AbortController();
  const stop = (): void => ending.abort();
  for (const signal of SIGNALS) process.on(signal, stop);
  const progress = createProgress(process.stderr, false);
  let code: ExitCode;
  try {
    const fleet = await fleetOf(options);
    const { exitCode, output } = await use({ fleet, json: options.json, progress, signal: ending.signal });
    progress.end();
    await printed(process.stdout, output);
    code = exitCode;
  } catch (error) {
    progress.end();
    const { exitCode, message } = failureOf(error);
    await printed(process.stderr, message);
    code = exitCode;
  }
  for (const signal of SIGNALS) process.off(signal, stop);
  exit(code);
}

const printed = (stream: NodeJS.WriteStream, text: string): Promise<void> =>
  new Promise((resolve) => {
    stream.write(text, () => resolve());
  });

/** The first one counts most: an amphora that could not be reached counts more than one that failed. */
const BY_WEIGHT = [EXIT.unreachable, EXIT.failed, EXIT.unknown] as const;

/** Returns the exit code of a fleet. */
export function fleetExit(codes: Iterable<ExitCode>): ExitCode {
  const seen = new Set(codes);
  return BY_WEIGHT.find((code) => seen.has(code)) ?? EXIT.ok;
}
