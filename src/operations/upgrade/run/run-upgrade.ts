import { type UpgradeCommand, workLeft } from '../../../domain/upgrade/interruption.ts';
import { reasonOf } from '../../../errors.ts';
import type { UpgradeRun } from '../../../schemas/upgrade-run.ts';
import { observeAmphora, observeVips } from './amphora-state.ts';
import { installFormer, installPackages } from './package-installation.ts';
import { waitUntilAsBefore } from './probe.ts';
import { removeRecoveryUnit, writeRecoveryUnit } from './recovery-unit.ts';
import { renewAgent, renewHaproxys, renewKeepaliveds, renewMetricsProxy } from './renewal.ts';
import { formerFile, type RunContext } from './run-context.ts';
import { addToHistory, endRun, enterPhase, readRun, saveRun, type UpgradeEnding } from './run-record.ts';
import { tryInstalled } from './trial.ts';
import { UpgradeFailed } from './upgrade-failed.ts';

const DIRECTORY_MODE = 0o700;
const INTERRUPTED = 'the upgrade was interrupted';

/**
 * Does the accepted upgrade, or ends one that was interrupted (docs/upgrade.md). It may be killed at any moment and called
 * again.
 * @throws WriteFailed when the record can't be written: the caller tries again
 */
export async function runUpgrade(context: RunContext, command: UpgradeCommand): Promise<void> {
  const run = await readRun(context);
  if (run === undefined) return;
  await tidy(context, await workOn(context, run, command));
}

function workOn(context: RunContext, run: UpgradeRun, command: UpgradeCommand): Promise<UpgradeRun> {
  switch (workLeft(run, command)) {
    case 'begin':
      return upgrade(context, run);
    case 'drop':
      return endRun(context, run, {
        result: 'returned',
        reason: `${INTERRUPTED} before it changed anything`,
      });
    case 'return':
      return goBack(context, run, { reason: INTERRUPTED, isBoot: command === 'boot' });
    case 'tidy':
      return Promise.resolve(run);
  }
}

async function upgrade(context: RunContext, accepted: UpgradeRun): Promise<UpgradeRun> {
  await writeRecoveryUnit(context);
  let run = accepted;
  try {
    run = await keepFormer(context, run);
    const { before } = run;
    if (before === undefined) throw new UpgradeFailed('the record lacks the state before the upgrade');
    run = await enterPhase(context, run, 'installing');
    await installPackages(context, run);
    run = await enterPhase(context, run, 'checking');
    await tryInstalled(context, before);
    run = await enterPhase(context, run, 'reloading');
    await renewHaproxys(context, before.refused);
    run = await enterPhase(context, run, 'restarting');
    await renewKeepaliveds(context, before.keepalived_runs);
    await renewMetricsProxy(context);
    await renewAgent(context, before.agent_runs);
    run = await enterPhase(context, run, 'probing');
    await waitUntilAsBefore(context, before, 'forward');
    return await endRun(context, run, { result: 'succeeded', reason: null });
  } catch (error) {
    const reason = `${run.phase}: ${reasonOf(error)}`;
    context.logger.warn({ upgrade: run.id, err: error }, 'upgrade goes back to the former packages');
    const hasInstalled = run.steps.some(({ phase }) => phase === 'installing');
    return hasInstalled
      ? goBack(context, run, { reason, isBoot: false })
      : endRun(context, run, { result: 'returned', reason });
  }
}

/** Keeps the state of the amphora and the former packages. All of it is on the disk when the promise resolves. */
async function keepFormer(context: RunContext, accepted: UpgradeRun): Promise<UpgradeRun> {
  const { paths, host } = context;
  const keeping = await enterPhase(context, accepted, 'keeping');
  const before = await observeAmphora(context);
  const run = await saveRun(context, { ...keeping, before });
  await host.files.makeDirectory(paths.upgrade.former, DIRECTORY_MODE);
  for (const { name } of run.packages.filter(({ from }) => from !== null)) {
    await host.upgrades.buildFormer(name, formerFile(context, name));
  }
  await host.upgrades.syncTree(paths.upgrade.former);
  // that took seconds. A VIP that the peer took meanwhile is no fault of the upgrade
  const { held: vips } = await observeVips(context);
  return saveRun(context, { ...run, before: { ...before, vips } });
}

/** The cause of the way back. At a boot no service runs yet. */
interface Return {
  readonly reason: string;
  readonly isBoot: boolean;
}

async function goBack(context: RunContext, from: UpgradeRun, cause: Return): Promise<UpgradeRun> {
  const run = await enterPhase(context, { ...from, reason: cause.reason }, 'returning');
  return endRun(context, run, await endingOfReturn(context, run, cause));
}

/** Installs the former packages, and has the services that run use them. */
async function endingOfReturn(
  context: RunContext,
  run: UpgradeRun,
  { reason, isBoot }: Return,
): Promise<UpgradeEnding> {
  const { before } = run;
  try {
    await installFormer(context, run);
    if (before !== undefined && !isBoot) {
      // first, because its heartbeats may be missing, and Octavia fails an amphora over without them
      await renewAgent(context, before.agent_runs);
      await renewHaproxys(context, before.refused);
      await renewKeepaliveds(context, before.keepalived_runs);
      await renewMetricsProxy(context);
      // a VIP that the peer has taken stays there, so the way back can't bring it back
      await waitUntilAsBefore(context, { ...before, vips: [] }, 'back');
    }
    return { result: 'returned', reason };
  } catch (error) {
    context.logger.error({ upgrade: run.id, err: error }, 'the way back from an upgrade failed');
    return { result: 'failed', reason: `${reason}; on the way back: ${reasonOf(error)}` };
  }
}

/** Removes what an ended upgrade leaves, and keeps its record. This program's own files are the last ones. */
async function tidy(context: RunContext, run: UpgradeRun): Promise<void> {
  const { paths, host } = context;
  await addToHistory(context, run);
  await removeRecoveryUnit(context);
  for (const directory of [paths.upgrade.packages, paths.upgrade.former, paths.upgrade.runner]) {
    await host.files.remove(directory);
  }
}
