import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createCommandRunner } from '../../src/host/command.ts';
import { prepareRoot } from '../roots/debian-root.ts';
import { withLayer } from '../roots/layer.ts';
import { isLiving } from '../roots/living-process.ts';
import type { Suite } from '../roots/suites.ts';
import { debianPackages } from '../runner/setup.ts';
import { createNewcomer, type Newcomer } from './newcomer.ts';
import { shownLines } from './shown-lines.ts';
import { bareCopy } from './source.ts';
import { LEFT_OUT, newcomersSteps, type Step, type Tests } from './steps.ts';

/** The outcome of one step. */
export interface Verdict {
  readonly title: string;
  readonly good: boolean;
  readonly seconds: number;
}

const COPY_MS = 5 * 60_000;
const LOOK_MS = 500;

export interface Trial {
  readonly suite: Suite;
  readonly tests: Tests;
  /** folders of the tests that are left out in this root */
  readonly without: readonly string[];
  /** the process whose end the tests wait for, since they take the whole machine; undefined: they don't wait */
  readonly testsAfter: string | undefined;
  /** directory for the whole output of each step; undefined: only a failing step's last lines are printed */
  readonly output: string | undefined;
  /** prints a line */
  say(line: string): void;
}

/**
 * Plays a newcomer in a fresh root of one Debian release; a step that fails doesn't end the others.
 * @throws Error one line, where no root can be made
 */
export async function judge(trial: Trial): Promise<Verdict[]> {
  const { suite, tests, without, testsAfter, say } = trial;
  const original = await prepareRoot({ suite, packages: await debianPackages('root', 'fresh') }, say);
  return withLayer(async (store) => {
    // A copy, not a layer: a newcomer's machine has no overlayfs at its root, on which none could be mounted in a user namespace.
    const root = path.join(store, 'root');
    await createCommandRunner().run(['cp', '--archive', original, root], { timeoutMs: COPY_MS });
    const newcomer = await createNewcomer({ suite, root, source: await bareCopy(store) });
    const userNamespaces = await newcomer.mayMakeNamespaces();
    const verdicts: Verdict[] = [];
    for (const step of newcomersSteps(tests, userNamespaces, without)) {
      if (step.isTest) await endOf(testsAfter);
      verdicts.push(await play(newcomer, step, trial));
    }
    if (!userNamespaces)
      say('left out: the demo as an ordinary user, since the kernel allows no user namespaces');
    if (without.length > 0)
      say(`left out: ${without.join(', ')}: their subject is the agent itself, and another root runs them`);
    for (const [groups, reason] of Object.entries(LEFT_OUT)) say(`left out: ${groups}: ${reason}`);
    return verdicts;
  });
}

/** Waits until the process has ended. */
async function endOf(pid: string | undefined): Promise<void> {
  while (pid !== undefined && (await isLiving(pid))) await delay(LOOK_MS);
}

async function play(
  newcomer: Newcomer,
  step: Step,
  { suite, output: directory, say }: Trial,
): Promise<Verdict> {
  const start = performance.now();
  const { exitCode, output } = await newcomer.run(step);
  const seconds = Math.round((performance.now() - start) / 1000);
  const reason = exitCode === 0 ? step.complaint?.(output) : `exit code ${exitCode ?? 'none, it was ended'}`;
  if (directory !== undefined) {
    const name = `${suite} ${step.title}`.replaceAll(/[^\w]+/g, '-');
    await writeFile(path.join(directory, `${name}.log`), output);
  }
  const good = reason === undefined;
  say(`${good ? '✔' : '✘'} ${step.title} (${seconds} s)${good ? '' : `: ${reason}`}`);
  if (!good) for (const line of shownLines(output)) say(line);
  return { title: step.title, good, seconds };
}
