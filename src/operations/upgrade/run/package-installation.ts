import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CommandFailed } from '../../../errors.ts';
import type { UpgradeRun } from '../../../schemas/upgrade-run.ts';
import { formerFile, type RunContext } from './run-context.ts';
import { UpgradeFailed } from './upgrade-failed.ts';

const QUERY_MS = 60_000;
/** The maintainer scripts of all packages run within it. */
const INSTALL_MS = 600_000;
/** Another program may hold dpkg's lock, for example a timer of apt. */
const LOCK_MS = 120_000;
const LOCK_RETRY_MS = 1_000;
const LOCKED = /lock .*(?:locked|held) by another process|Resource temporarily unavailable/;

/** AMPHORA_AGENT_UPGRADE keeps the package of the agent from restarting the agent. */
const ENVIRONMENT = { DEBIAN_FRONTEND: 'noninteractive', AMPHORA_AGENT_UPGRADE: '1' };
/** Settings of an operator stay. dpkg writes each file to the disk before it goes on, whatever dpkg.cfg says. */
const OPTIONS = ['--force-confold', '--force-confdef', '--force-downgrade', '--no-force-unsafe-io'];
const ABSENT = 'not-installed';
// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
const STATE_FORMAT = '${db:Status-Status} ${Version}\n';

/**
 * Installs all packages of the bundle at once. A package may break the installed version of another one of the bundle.
 * @throws CommandFailed, UpgradeFailed
 */
export async function installPackages(context: RunContext, run: UpgradeRun): Promise<void> {
  const { packages } = context.paths.upgrade;
  const names = (await context.host.files.list(packages)).filter((name) => name.endsWith('.deb'));
  await dpkg(context, ['--auto-deconfigure', '--install', ...names.map((name) => path.join(packages, name))]);
  await expectVersions(context, run, 'to');
}

/**
 * Installs the former packages again and removes those that were new. It also works on packages that are installed in part.
 * @throws CommandFailed, UpgradeFailed
 */
export async function installFormer(context: RunContext, run: UpgradeRun): Promise<void> {
  const former = run.packages
    .filter(({ from }) => from !== null)
    .map(({ name }) => formerFile(context, name));
  // a new package, which is still there, may break the former version of another one
  if (former.length > 0) await dpkg(context, ['--force-breaks', '--install', ...former]);
  const added: string[] = [];
  for (const { name, from } of run.packages) {
    if (from === null && (await installedState(context, name)) !== ABSENT) added.push(name);
  }
  // all at once: dpkg orders them, and one may need another
  if (added.length > 0) await dpkg(context, ['--force-remove-reinstreq', '--purge', ...added]);
  await dpkg(context, ['--configure', '--pending']);
  await expectVersions(context, run, 'from');
}

async function expectVersions(context: RunContext, run: UpgradeRun, side: 'from' | 'to'): Promise<void> {
  for (const one of run.packages) {
    const wanted = one[side] === null ? ABSENT : `installed ${one[side]}`;
    const found = await installedState(context, one.name);
    if (found !== wanted) throw new UpgradeFailed(`package ${one.name} is ${found} instead of ${wanted}`);
  }
}

/** @returns `installed VERSION`, another state of dpkg with the version, or `not-installed` */
async function installedState({ host }: RunContext, name: string): Promise<string> {
  const query = ['dpkg-query', '--show', '--showformat', STATE_FORMAT, name] as const;
  const { exitCode, stdout } = await host.commands.run(query, { timeoutMs: QUERY_MS, okCodes: [0, 1] });
  const [line = ''] = stdout.split('\n', 1);
  return exitCode !== 0 || line.startsWith(ABSENT) ? ABSENT : line.trim();
}

async function dpkg({ host, logger }: RunContext, args: readonly string[]): Promise<void> {
  const began = performance.now();
  for (;;) {
    try {
      await host.commands.run(['dpkg', ...OPTIONS, ...args], { timeoutMs: INSTALL_MS, env: ENVIRONMENT });
      return;
    } catch (error) {
      const isLocked = error instanceof CommandFailed && LOCKED.test(error.output);
      if (!isLocked || performance.now() - began > LOCK_MS) throw error;
      logger.warn({ err: error }, 'another program uses dpkg: trying again');
      await delay(LOCK_RETRY_MS);
    }
  }
}
