import { realpath } from 'node:fs/promises';
import type { Program } from '../domain/program.ts';

/**
 * Returns the command line that starts this program, with the same flags of Node. Links are resolved now: they may change
 * later.
 */
export async function ownProgram(): Promise<Program> {
  const [, entry = ''] = process.argv;
  return [process.execPath, ...process.execArgv, await realpath(entry)];
}
