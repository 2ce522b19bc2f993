import { Argument, type Command } from 'commander';
import type { UpgradeCommand } from '../domain/upgrade/interruption.ts';
import type { Surroundings } from './installation.ts';

const COMMANDS: readonly UpgradeCommand[] = ['run', 'recover', 'boot'];

/** Adds the hidden command `upgrade`, which systemd runs for the agent (docs/upgrade.md). */
export function addUpgrade(program: Command, surroundings: Surroundings): void {
  program
    .command('upgrade', { hidden: true })
    .description('do the upgrade that the agent has accepted, or end an interrupted one; systemd runs it')
    .addArgument(new Argument('<command>').choices(COMMANDS))
    .requiredOption('--config-file <file>', 'configuration in the format of oslo.config')
    .action(async (command: UpgradeCommand, { configFile }: { configFile: string }) => {
      const { runUpgradeCommand } = await import('./upgrade.ts');
      await runUpgradeCommand(command, configFile, surroundings);
      surroundings.exit(0);
    });
}
