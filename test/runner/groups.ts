import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createCommandRunner } from '../../src/host/command.ts';
import { privateNamespacesCommand } from '../../src/sandbox/private-namespaces.ts';
import { examineMachine, whyNoSandbox } from '../../src/sandbox/requirements.ts';
import { type Output, REPOSITORY, run } from './program.ts';
import { readVitestReport, type Tally } from './vitest-report.ts';

/** How a group went, or why it couldn't run. */
export type Outcome = Tally | { readonly notRun: string };

/** What npm test runs. */
export const GROUPS = ['lint', 'types', 'unit', 'integration', 'interop', 'systemd'] as const;
/**
 * Run only where they are asked for: `peer` is long, and about Octavia's agent as much as about ours; `image` boots
 * virtual machines from an image that was built before.
 */
export const FURTHER_GROUPS = ['peer', 'image'] as const;
export type Group = (typeof GROUPS | typeof FURTHER_GROUPS)[number];

/** The first argument with which test/run.ts is called again inside the private namespaces. */
export const INSIDE = '--inside-private-namespaces';

const RUNNER = path.join(REPOSITORY, 'test/run.ts');

/** @param args go to vitest; lint and types have none */
export function runGroup(group: Group, args: readonly string[], output: Output): Promise<Outcome> {
  switch (group) {
    case 'lint':
      return runCheck(['biome', 'ci', '--error-on-warnings'], output);
    case 'types':
      return runCheck(['tsc', '--project', REPOSITORY], output);
    case 'unit':
      return runVitest({ group, args, output }, (command) => command);
    case 'integration':
    case 'interop':
    case 'peer':
      return runPrivately({ group, args, output });
    case 'systemd':
    case 'image':
      return runAsRoot({ group, args, output });
  }
}

/** Tests of a group that vitest runs; `args` go to it. */
interface Tests {
  readonly group: Group;
  readonly args: readonly string[];
  readonly output: Output;
}

/** Counts as one test. */
async function runCheck(command: readonly [string, ...string[]], output: Output): Promise<Tally> {
  const isGood = (await run(command, { output })) === 0;
  return { passed: Number(isGood), failed: Number(!isGood) };
}

/** In namespaces of its own, as root in them, where /run, /etc and /var/lib may be written to. */
async function runPrivately(tests: Tests): Promise<Outcome> {
  const missing = await missingPackages(tests.group);
  if (missing.length > 0) return { notRun: `Debian packages are missing: ${missing.join(' ')}` };
  const facts = await examineMachine(process.getuid?.() === 0);
  const reasons = whyNoSandbox(facts);
  if (reasons.length > 0) return { notRun: reasons.join('; ') };
  const enter = (command: readonly string[]): readonly [string, ...string[]] =>
    privateNamespacesCommand([process.execPath, RUNNER, INSIDE, ...command], facts);
  return runVitest(tests, enter);
}

/** A container that boots systemd, and tap devices: for these the kernel wants root of its own, not of a user namespace. */
async function runAsRoot(tests: Tests): Promise<Outcome> {
  if (process.getuid?.() !== 0) return { notRun: 'it needs root' };
  return runPrivately(tests);
}

async function missingPackages(group: Group): Promise<string[]> {
  const argv = ['sh', path.join(REPOSITORY, '.ci/setup'), 'missing', group] as const;
  const { stdout } = await createCommandRunner().run(argv, { timeoutMs: 30_000 });
  return stdout.split('\n').filter((line) => line !== '');
}

async function runVitest(
  { group, args, output }: Tests,
  wrap: (command: readonly [string, ...string[]]) => readonly [string, ...string[]],
): Promise<Tally> {
  const directory = await mkdtemp(path.join(tmpdir(), 'amphora-agent-test-'));
  const report = path.join(directory, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const filtered = args.some((arg) => !arg.startsWith('--shard=')) ? ['--passWithNoTests'] : [];
    const command = [
      'vitest',
      'run',
      '--configLoader',
      'native',
      '--project',
      group,
      ...reporters,
      ...filtered,
      ...args,
    ] as const;
    const exitCode = await run(wrap(command), { output });
    return readVitestReport(await readFile(report, 'utf8').catch(() => undefined), exitCode === 0);
  } finally {
    await rm(directory, { recursive: true });
  }
}
