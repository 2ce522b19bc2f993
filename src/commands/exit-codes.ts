import { InvalidConfiguration } from '../errors.ts';
import type { Exit } from './installation.ts';

/**
 * The exit code for wrong usage and an unusable configuration. It is apart from 1, which is an answer to scripts: not ready, not
 * whole, refused.
 */
export const UNUSABLE = 2;
/** The exit code of the daemon when it can't start with its configuration. */
export const NOT_STARTED = 1;

/** Ends the process because of an unusable configuration, with one line. @throws every other error */
export function endUnconfigured(error: unknown, exit: Exit, code: number): void {
  if (!(error instanceof InvalidConfiguration)) throw error;
  process.stderr.write(`amphora-agent: ${error.message}\n`);
  exit(code);
}
