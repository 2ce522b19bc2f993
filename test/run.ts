/**
 * [HAPROXY=FILE] npm test [-- GROUP…] [--suite bookworm|trixie] [--without FOLDER,…] [--slowest] [--peer] [ARGUMENT OF VITEST…]:
 * runs the groups (all of npm test unless some are named; `peer` also with --peer), three or four at a time unless vitest gets
 * arguments, and ends with a line "N passed, N failed". --without leaves out folders of the groups `integration` and `systemd`.
 * A group that can't run here is named above the last line; where CI=true it counts as failed.
 */
import { preparePrivateNamespaces } from '../sandbox/lab/private-namespaces.ts';
import { parseArguments, type TestOrder } from './runner/arguments.ts';
import type { Group } from './runner/group-names.ts';
import { prepareGroupRoots } from './runner/group-roots.ts';
import { INSIDE, type Outcome, runGroup } from './runner/groups.ts';
import { bindHaproxyUnderTest, withHaproxyUnderTest } from './runner/haproxy-under-test.ts';
import { inLanes } from './runner/lanes.ts';
import { balancedParts, testFiles } from './runner/parts.ts';
import { run } from './runner/program.ts';
import { slowestLines } from './runner/slowest.ts';
import type { Tally } from './runner/vitest-report.ts';

/**
 * The number of groups or parts at a time. A CI machine has two cores. The tests of most groups wait more than they compute,
 * and those of `integration`, whose parts fill the lanes alone, compute more.
 */
const LANES = 4;
const LANES_OF_INTEGRATION = 3;
/** The number of parts that a long group is split into. More parts than lanes share the work evenly. */
const PARTS: Readonly<Partial<Record<Group, number>>> = { integration: 6, systemd: 3 };
/** The groups that need a Debian root come last: the others run while the roots are made. */
const ORDER: readonly Group[] = ['integration', 'types', 'lint', 'unit', 'browser', 'interop', 'systemd'];
const rank = (group: Group): number => (ORDER.includes(group) ? ORDER.indexOf(group) : ORDER.length);

async function runAll(given: readonly string[]): Promise<number> {
  const order = parseArguments(given);
  const outcomes = order.args.length === 0 ? await runInLanes(order) : await runInTurn(order);
  printSlowest(outcomes, order.slowest);
  return summarise(outcomes);
}

async function runInTurn({ groups, args, suite }: TestOrder): Promise<[Group, Outcome][]> {
  const outcomes: [Group, Outcome][] = [];
  for (const group of groups) {
    console.log(`\n== ${group}${suite === undefined ? '' : ` (${suite})`}`);
    outcomes.push([group, await runGroup(group, { args, output: 'inherit', suite })]);
  }
  return outcomes;
}

async function runInLanes({ groups, suite, without }: TestOrder): Promise<[string, Outcome][]> {
  const sorted = groups.toSorted((one, other) => rank(one) - rank(other));
  const prepared = prepareRoots(sorted, suite);
  const parts = await Promise.all(sorted.map((group) => partsOf(group, without)));
  const jobs = parts.flat().map(({ group, name, args }) => ({
    name,
    run: (output: (line: string) => void) => runGroup(group, { args, output, suite }),
  }));
  const lanes = groups.includes('integration') ? LANES_OF_INTEGRATION : LANES;
  const outcomes = await inLanes(jobs, lanes, (line) => console.log(line));
  await prepared;
  return jobs.flatMap(({ name }, index): [string, Outcome][] => {
    const outcome = outcomes[index];
    return outcome === undefined ? [] : [[name, outcome]];
  });
}

interface Part {
  readonly group: Group;
  readonly name: string;
  /** the files for vitest; empty: all */
  readonly args: readonly string[];
}

async function partsOf(group: Group, without: readonly string[]): Promise<Part[]> {
  const count = PARTS[group];
  if (count === undefined) return [{ group, name: group, args: [] }];
  return balancedParts(await testFiles(group, without), count).map((args, index) => ({
    group,
    name: `${group} ${index + 1}/${count}`,
    args,
  }));
}

/** Makes the groups' roots, one after the other. A group waits for its root, and reports why it could not be made. */
async function prepareRoots(groups: readonly Group[], suite: TestOrder['suite']): Promise<void> {
  for (const group of groups) await prepareGroupRoots(group, suite, console.log).catch(() => undefined);
}

function printSlowest(outcomes: readonly (readonly [string, Outcome])[], showsAll: boolean): void {
  const files = outcomes.flatMap(([group, outcome]) =>
    'notRun' in outcome ? [] : (outcome.files ?? []).map((file) => ({ ...file, group })),
  );
  const lines = slowestLines(files, showsAll);
  if (lines.length > 0) console.log(['\nThe files that took the longest:', ...lines].join('\n'));
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
      for (const line of tallyLines(outcome)) console.log(`${group}: ${line}`);
    }
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

const tallyLines = ({ passed, failed, skipped = [], failures = [] }: Tally): string[] => [
  ...skipped.map((test) => `SKIPPED: ${test}`),
  ...failures.map((failure) => `FAILED: ${failure}`),
  `${passed} passed, ${failed} failed`,
];

async function runInside(command: readonly string[]): Promise<number> {
  await preparePrivateNamespaces();
  await bindHaproxyUnderTest();
  const [program = 'true', ...args] = command;
  return (await run([program, ...args])) ?? 1;
}

async function main([first, ...rest]: readonly string[]): Promise<number> {
  if (first === INSIDE) return runInside(rest);
  try {
    return await withHaproxyUnderTest(() => runAll(first === undefined ? [] : [first, ...rest]));
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 2;
  }
}

process.exitCode = await main(process.argv.slice(2));
