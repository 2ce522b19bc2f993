import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { privateNamespacesCommand } from '../../sandbox/lab/private-namespaces.ts';
import { examineMachine, whyNoSandbox } from '../../sandbox/programs/requirements.ts';
import { REPOSITORY } from '../repository.ts';
import { withLayer } from '../roots/layer.ts';
import { ROOT_ENVIRONMENT } from '../roots/root-command.ts';
import type { Suite } from '../roots/suites.ts';
import type { Group } from './group-names.ts';
import { type GroupRoots, prepareGroupRoots, ROOTS_VARIABLE, runsInRoot } from './group-roots.ts';
import { haproxyParts } from './haproxy-under-test.ts';
import { type Output, run } from './program.ts';
import { repositoryInRoot } from './repository-in-root.ts';
import { debianPackages } from './setup.ts';
import { readVitestReport, type Tally } from './vitest-report.ts';

/** The outcome of a group, or the reason why it could not run. */
export type Outcome = Tally | { readonly notRun: string };

/** The first argument with which test/run.ts is called again inside the private namespaces. */
export const INSIDE = '--inside-private-namespaces';

const RUNNER = path.join(REPOSITORY, 'test/run.ts');

/** The conditions of a run of a group. */
export interface GroupOptions {
  /** for vitest; lint and types have none */
  readonly args: readonly string[];
  readonly output: Output;
  /** the Debian release in whose root the group runs; undefined: on this machine, as far as the group can */
  readonly suite: Suite | undefined;
}

export function runGroup(group: Group, { args, output, suite }: GroupOptions): Promise<Outcome> {
  const tests = { group, args, output, suite };
  switch (group) {
    case 'lint':
      return runCheck(['biome', 'ci', '--error-on-warnings'], output);
    case 'types':
      return runCheck(['tsc', '--project', REPOSITORY], output);
    case 'unit':
      return runVitest(tests, (command) => command);
    case 'browser':
      return runPrivately(tests);
    case 'integration':
      return suite === undefined ? runPrivately(tests) : runInRoot(tests);
    case 'interop':
    case 'peer':
    case 'image':
      return runInRoot(tests);
    case 'systemd':
      return runAsRoot(tests);
  }
}

/** Tests of a group that vitest runs; `args` go to it. */
interface Tests extends GroupOptions {
  readonly group: Group;
}

/** Wraps vitest's command; the command has to see the directory of the report. */
type Wrap = (
  command: readonly [string, ...string[]],
  reportDirectory: string,
) => readonly [string, ...string[]];

/** Runs a program that counts as one test. */
async function runCheck(command: readonly [string, ...string[]], output: Output): Promise<Tally> {
  const isGood = (await run(command, { output })) === 0;
  return { passed: Number(isGood), failed: Number(!isGood) };
}

/** In namespaces of its own, as root in them, where /run, /etc and /var/lib may be written to. */
async function runPrivately(tests: Tests, roots: GroupRoots = {}): Promise<Outcome> {
  const missing = await debianPackages('missing', tests.group);
  if (missing.length > 0) return { notRun: `Debian packages are missing: ${missing.join(' ')}` };
  const facts = await examineMachine(process.getuid?.() === 0);
  const reasons = whyNoSandbox(facts);
  if (reasons.length > 0) return { notRun: reasons.join('; ') };
  return runVitest(tests, (command) => privateNamespacesCommand(insideCommand(command), facts), roots);
}

const insideCommand = (command: readonly string[]): string[] => [
  process.execPath,
  RUNNER,
  INSIDE,
  ...command,
];

/** Runs as root of the machine: systemd in a container and tap devices need more than root of a user namespace. */
async function runAsRoot(tests: Tests): Promise<Outcome> {
  if (process.getuid?.() !== 0) return { notRun: 'it needs root' };
  const roots = await rootsOf(tests);
  return 'notRun' in roots ? roots : runPrivately(tests, roots.roots);
}

/** As runPrivately(), with a Debian root in the place of this machine's files; the repository is where it is here. */
async function runInRoot(tests: Tests): Promise<Outcome> {
  const found = await rootsOf(tests);
  if ('notRun' in found) return found;
  const root = found.roots[tests.group] ?? '/';
  return withLayer((store) =>
    runVitest(tests, (command, reportDirectory) =>
      repositoryInRoot(privateNamespacesCommand(insideCommand(command), { root: true }), {
        root,
        store,
        binds: Object.fromEntries(
          [reportDirectory, ...haproxyParts(), ...image()].map((file) => [file, file]),
        ),
      }),
    ),
  );
}

/** The image that AMPHORA_IMAGE names, and the key beside it, may lie outside of the repository. */
const image = (): string[] => {
  const file = process.env['AMPHORA_IMAGE'];
  if (file === undefined) return [];
  const key = path.resolve(path.dirname(file), 'upgrade.key');
  return [path.resolve(file), ...(existsSync(key) ? [key] : [])];
};

async function rootsOf({ group, suite, output }: Tests): Promise<{ roots: GroupRoots } | { notRun: string }> {
  try {
    const say = output === 'inherit' ? console.log : output;
    return { roots: await prepareGroupRoots(group, suite, say) };
  } catch (error) {
    return { notRun: error instanceof Error ? error.message : String(error) };
  }
}

/** With these, vitest calls all tests skipped that the user didn't choose. */
const choosesTests = (arg: string): boolean => arg === '-t' || arg.startsWith('--testNamePattern');

async function runVitest(tests: Tests, wrap: Wrap, roots: GroupRoots = {}): Promise<Tally> {
  const { group, args, output, suite } = tests;
  const directory = await mkdtemp(path.join(tmpdir(), 'amphora-agent-test-'));
  const report = path.join(directory, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const filtered = args.some((arg) => !arg.startsWith('--shard=')) ? ['--passWithNoTests'] : [];
    const vitest = ['vitest', 'run', '--configLoader', 'native', '--project', group] as const;
    const command = wrap([...vitest, ...reporters, ...filtered, ...args], directory);
    const environment = {
      ...(runsInRoot(group, suite) ? ROOT_ENVIRONMENT : {}),
      ...(Object.keys(roots).length === 0 ? {} : { [ROOTS_VARIABLE]: JSON.stringify(roots) }),
    };
    const exitCode = await run(command, { output, environment });
    const tally = readVitestReport(await readFile(report, 'utf8').catch(() => undefined), exitCode === 0);
    const { skipped, ...counts } = tally;
    return args.some(choosesTests) || skipped === undefined ? counts : { ...counts, skipped };
  } finally {
    await rm(directory, { recursive: true });
  }
}
