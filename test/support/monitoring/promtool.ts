import path from 'node:path';
import { runProgram } from '../../../sandbox/programs/programs.ts';
import { REPOSITORY } from '../../repository.ts';

/** Where .ci/setup puts the program. */
const PROMTOOL = path.join(REPOSITORY, 'node_modules/.promtool/promtool');

/** What promtool found. */
export interface PromtoolVerdict {
  readonly exitCode: number;
  readonly output: string;
}

/** Runs promtool. @param input what it reads from its standard input */
export async function promtool(args: readonly string[], input = ''): Promise<PromtoolVerdict> {
  const { exitCode, output } = await runProgram([PROMTOOL, ...args], { input, okCodes: [0, 1, 2, 3] });
  return { exitCode, output };
}
