import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createCommandRunner } from '../../src/host/command.ts';
import { privateNamespacesCommand } from '../../src/sandbox/private-namespaces.ts';
import { examineMachine, whyNoSandbox } from '../../src/sandbox/requirements.ts';
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

const REPOSITORY = path.resolve(import.meta.dirname, '../..');
const RUNNER = path.join(REPOSITORY, 'test/run.ts');
const PROGRAMS = path.join(REPOSITORY, 'node_modules/.bin');
const GROUP_TIMEOUT_MS = 30 * 60_000;

/** @param args go to vitest; lint and types have none */
export function runGroup(group: Group, args: readonly string[]): Promise<Outcome> {
  switch (group) {
    case 'lint':
      return runCheck(['biome', 'ci', '--error-on-warnings']);
    case 'types':
      return runCheck(['tsc', '--project', REPOSITORY]);
    case 'unit':
      return runVitest(group, args, (command) => command);
    case 'integration':
    case 'interop':
    case 'peer':
      return runPrivately(group, args);
    case 'systemd':
    case 'image':
      return runAsRoot(group, args);
  }
}

/** Counts as one test. */
async function runCheck(command: readonly [string, ...string[]]): Promise<Tally> {
  const isGood = (await run(command)) === 0;
  return { passed: Number(isGood), failed: Number(!isGood) };
}

/** In namespaces of its own, as root in them, where /run, /etc and /var/lib may be written to. */
async function runPrivately(group: Group, args: readonly string[]): Promise<Outcome> {
  const missing = await missingPackages(group);
  if (missing.length > 0) return { notRun: `Debian packages are missing: ${missing.join(' ')}` };
  const facts = await examineMachine(process.getuid?.() === 0);
  const reasons = whyNoSandbox(facts);
  if (reasons.length > 0) return { notRun: reasons.join('; ') };
  const enter = (command: readonly string[]): readonly [string, ...string[]] =>
    privateNamespacesCommand([process.execPath, RUNNER, INSIDE, ...command], facts);
  return runVitest(group, args, enter);
}

/** A container that boots systemd, and tap devices: for these the kernel wants root of its own, not of a user namespace. */
async function runAsRoot(group: Group, args: readonly string[]): Promise<Outcome> {
  if (process.getuid?.() !== 0) return { notRun: 'it needs root' };
  return runPrivately(group, args);
}

async function missingPackages(group: Group): Promise<string[]> {
  const argv = ['sh', path.join(REPOSITORY, '.ci/setup'), 'missing', group] as const;
  const { stdout } = await createCommandRunner().run(argv, { timeoutMs: 30_000 });
  return stdout.split('\n').filter((line) => line !== '');
}

async function runVitest(
  group: Group,
  args: readonly string[],
  wrap: (command: readonly [string, ...string[]]) => readonly [string, ...string[]],
): Promise<Tally> {
  const directory = await mkdtemp(path.join(tmpdir(), 'amphora-agent-test-'));
  const report = path.join(directory, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const filtered = args.length > 0 ? ['--passWithNoTests'] : [];
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
    const exitCode = await run(wrap(command));
    return readVitestReport(await readFile(report, 'utf8').catch(() => undefined), exitCode === 0);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/**
 * Runs one of the project's programs with this process's streams.
 * @param timeoutMs 0 for no limit
 * @returns its exit code; undefined after a signal
 */
export function run(
  command: readonly [string, ...string[]],
  timeoutMs = GROUP_TIMEOUT_MS,
): Promise<number | undefined> {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    cwd: REPOSITORY,
    stdio: 'inherit',
    timeout: timeoutMs,
    // only SIGKILL makes unshare end what it started at once
    killSignal: 'SIGKILL',
    env: { ...process.env, PATH: `${PROGRAMS}:${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? undefined));
  });
}
