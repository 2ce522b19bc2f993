/**
 * npm test [-- GROUP…] [--peer] [ARGUMENT OF VITEST…]: runs the groups (all of npm test unless some are named; `peer` also with
 * --peer) and ends with a line "N passed, N failed". A group that can't run here is named above that line; where CI=true it counts as failed.
 */
import { preparePrivateNamespaces } from '../src/sandbox/private-namespaces.ts';
import { FURTHER_GROUPS, GROUPS, type Group, INSIDE, type Outcome, run, runGroup } from './runner/groups.ts';

const isGroup = (word: string): word is Group =>
  [...GROUPS, ...FURTHER_GROUPS].some((group) => group === word);

const PEER_FLAG = '--peer';

async function runAll(given: readonly string[]): Promise<number> {
  const words = given.filter((word) => word !== PEER_FLAG);
  const end = words.findIndex((word) => !isGroup(word));
  const named = (end < 0 ? words : words.slice(0, end)).filter(isGroup);
  const args = end < 0 ? [] : words.slice(end);
  const outcomes: [Group, Outcome][] = [];
  const groups: readonly Group[] = named.length > 0 ? named : GROUPS;
  for (const group of given.includes(PEER_FLAG) ? [...groups, 'peer' as const] : groups) {
    console.log(`\n== ${group}`);
    outcomes.push([group, await runGroup(group, args)]);
  }
  return summarise(outcomes);
}

/** @returns the exit code */
function summarise(outcomes: readonly (readonly [Group, Outcome])[]): number {
  const isCi = process.env['CI'] === 'true';
  let [passed, failed] = [0, 0];
  console.log('');
  for (const [group, outcome] of outcomes) {
    if ('notRun' in outcome) {
      failed += Number(isCi);
      console.log(`${group}: NOT RUN${isCi ? ', which is a failure in CI' : ''}: ${outcome.notRun}`);
    } else {
      passed += outcome.passed;
      failed += outcome.failed;
      console.log(`${group}: ${outcome.passed} passed, ${outcome.failed} failed`);
    }
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

async function runInside(command: readonly string[]): Promise<number> {
  await preparePrivateNamespaces();
  const [program = 'true', ...args] = command;
  return (await run([program, ...args])) ?? 1;
}

const [first, ...rest] = process.argv.slice(2);
process.exitCode = first === INSIDE ? await runInside(rest) : await runAll(process.argv.slice(2));
