import path from 'node:path';
import { reasonOf } from '../src/errors.ts';
import type { Amphora } from './amphora/amphora.ts';
import { type AgentPrograms, writePrograms } from './amphora/amphora-files.ts';
import { type SourceWatch, watchSources } from './source-watch.ts';

const ROOT = path.join(import.meta.dirname, '..');
/** The folders with the code that runs in an amphora. A change of the sandbox itself needs a new sandbox. */
const SOURCES = ['src', 'templates'];
const MOST_NAMES = 3;

export interface RestartOptions {
  readonly amphora: Amphora;
  readonly programs: AgentPrograms;
  readonly say: (text: string) => void;
}

/**
 * Restarts the agent, and nothing else in the sandbox, after each change of its sources. If the agent does not start, the next change
 * starts it again.
 */
export async function restartAgentOnChange(options: RestartOptions): Promise<SourceWatch> {
  let last = Promise.resolve();
  const folders = SOURCES.map((name) => path.join(ROOT, name));
  const watch = await watchSources(folders, (files) => {
    last = last.then(() => restart(files, options));
  });
  options.say('\nA change in src/ or templates/ restarts the agent, and nothing else.');
  return watch;
}

async function restart(files: readonly string[], { amphora, programs, say }: RestartOptions): Promise<void> {
  say(`\n${changeText(files)}: the agent restarts`);
  const began = performance.now();
  try {
    await amphora.stopAgent();
    await writePrograms(amphora.box, programs);
    await amphora.startAgent();
    say(`the agent answers again after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  } catch (error) {
    const output =
      error instanceof Error && typeof error.cause === 'string' ? `\n${error.cause.trimEnd()}` : '';
    say(`the agent does not start: ${reasonOf(error)}${output}\nThe next change starts it again.`);
  }
}

function changeText(files: readonly string[]): string {
  const names = files.slice(0, MOST_NAMES).map((file) => path.relative(ROOT, file));
  const further = files.length - names.length;
  const rest = further === 0 ? '' : further === 1 ? ' and 1 more file' : ` and ${further} more files`;
  return `${names.join(', ')}${rest} changed`;
}
