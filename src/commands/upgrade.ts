import type { UpgradeCommand } from '../domain/upgrade/interruption.ts';
import { ownProgram } from '../host/own-program.ts';
import { runUpgrade } from '../operations/upgrade/run/run-upgrade.ts';
import type { Surroundings } from './installation.ts';
import { bootContext } from './standalone-context.ts';

/**
 * Runs the command `upgrade`: does the upgrade that the agent has accepted, or ends an interrupted one.
 * @param configFile configuration of the agent; a wrong option gets its default
 * @throws WriteFailed when the record of the upgrade can't be written
 */
export async function runUpgradeCommand(
  command: UpgradeCommand,
  configFile: string,
  surroundings: Pick<Surroundings, 'environment' | 'installation'>,
): Promise<void> {
  const context = await bootContext(configFile, surroundings);
  context.logger.level = 'info';
  await runUpgrade({ ...context, configFile, program: await ownProgram() }, command);
}
