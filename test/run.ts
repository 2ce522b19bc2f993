/**
 * npm test [-- GROUP…] [--peer] [ARGUMENT OF VITEST…]: runs the groups (all of npm test unless some are named; `peer` also with
 * --peer), all of them two at a time, and ends with a line "N passed, N failed". A group that can't run here is named above that line; where CI=true it counts as failed.
 */
import { preparePrivateNamespaces } from '../src/sandbox/private-namespaces.ts';
import { FURTHER_GROUPS, GROUPS, type Group, INSIDE, type Outcome, runGroup } from './runner/groups.ts';
import { inLanes } from './runner/lanes.ts';
import { run } from './runner/program.ts';

const isGroup = (word: string): word is Group =>
  [...GROUPS, ...FURTHER_GROUPS].some((group) => group === word);

const PEER_FLAG = '--peer';

/** The machines that this is for have two cores, and tests wait more than they compute. */
const LANES = 2;
/** The longest group, in as many parts. */
const INTEGRATION_PARTS = 2;

async function runAll(given: readonly string[]): Promise<number> {
  const words = given.filter((word) => word !== PEER_FLAG);
  const end = words.findIndex((word) => !isGroup(word));
  const named = (end < 0 ? words : words.slice(0, end)).filter(isGroup);
  const args = end < 0 ? [] : words.slice(end);
  const isWhole = named.length === 0 && args.length === 0;
  const groups: Group[] = isWhole ? [...GROUPS] : named.length > 0 ? named : [...GROUPS];
  if (given.includes(PEER_FLAG)) groups.push('peer');
  return summarise(isWhole ? await runInLanes(groups) : await runInTurn(groups, args));
}

async function runInTurn(groups: readonly Group[], args: readonly string[]): Promise<[Group, Outcome][]> {
  const outcomes: [Group, Outcome][] = [];
  for (const group of groups) {
    console.log(`\n== ${group}`);
    outcomes.push([group, await runGroup(group, args, 'inherit')]);
  }
  return outcomes;
}

async function runInLanes(groups: readonly Group[]): Promise<[string, Outcome][]> {
  const jobs = groups.flatMap((group) => {
    const parts = group === 'integration' ? INTEGRATION_PARTS : 1;
    return Array.from({ length: parts }, (_, index) => {
      const part = `${index + 1}/${parts}`;
      return {
        name: parts === 1 ? group : `${group} ${part}`,
        run: (say: (line: string) => void) => runGroup(group, parts === 1 ? [] : [`--shard=${part}`], say),
      };
    });
  });
  const outcomes = await inLanes(jobs, LANES, (line) => console.log(line));
  return jobs.flatMap(({ name }, index): [string, Outcome][] => {
    const outcome = outcomes[index];
    return outcome === undefined ? [] : [[name, outcome]];
  });
}

/** @returns the exit code */
function summarise(outcomes: readonly (readonly [string, Outcome])[]): number {
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
