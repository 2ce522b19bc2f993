import path from 'node:path';
import type { PackageChange } from '../../domain/upgrade/package-plan.ts';
import type { InstalledAgent } from '../../host/upgrade/installed-agent.ts';
import type { UpgradeRecord } from '../../schemas/upgrade-record.ts';
import type { OperationContext } from '../context.ts';
import { startRunner } from './runner.ts';

type AcceptanceContext = Pick<OperationContext, 'configFile' | 'paths' | 'host' | 'logger' | 'upgrades'>;

/** The client that sent a bundle. */
export interface UpgradeClient {
  readonly subject: string;
  readonly serial: string;
}

/** A checked bundle, and the client that sent it. */
export interface CheckedBundle {
  readonly id: string;
  readonly changes: readonly PackageChange[];
  readonly client: UpgradeClient;
}

const RECORD_MODE = 0o600;

/**
 * Makes the staged bundle the current one and starts the program that installs it. The packages, the copy of the agent and
 * the record appear by one rename, and are on the disk before.
 * @param agent undefined: the program runs from the sources of this agent
 * @throws CommandFailed when systemd does not start the program: nothing has changed then
 */
export async function acceptUpgrade(
  context: AcceptanceContext,
  agent: InstalledAgent | undefined,
  { id, changes, client }: CheckedBundle,
): Promise<UpgradeRecord> {
  const { paths, host, logger } = context;
  const { staging, current, runner, record: recordFile } = paths.upgrade;
  const now = new Date().toISOString();
  const record: UpgradeRecord = {
    ...{ id, phase: 'accepted', result: null, reason: null },
    ...{ requested_at: now, requested_by: { ...client }, ended_at: null },
    packages: changes.map((change) => ({ ...change })),
    steps: [{ phase: 'accepted', began_at: now, ended_at: null }],
  };
  await agent?.copyTo(path.join(staging, path.basename(runner)));
  const staged = path.join(staging, path.basename(recordFile));
  await host.files.write(staged, `${JSON.stringify(record)}\n`, { mode: RECORD_MODE });
  await host.upgrades.syncTree(staging);
  // the record of the last upgrade is in the history
  await host.files.remove(current);
  await host.files.rename(staging, current);
  try {
    await startRunner(context, agent?.program(runner) ?? (await host.upgrades.ownProgram()), 'run');
  } catch (error) {
    await host.files.remove(current);
    throw error;
  }
  logger.info({ upgrade: id, packages: changes }, 'upgrade accepted');
  context.upgrades.accepted();
  return record;
}
