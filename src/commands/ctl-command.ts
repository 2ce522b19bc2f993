import type { Command } from 'commander';
import type { Surroundings } from './installation.ts';

const HELP_ON_CTL = `
Exit codes:
  0  success
  1  the agent refused the request or it failed; status, top: not ready; drift: there is drift
  2  wrong usage, or the configuration or a file of --cert, --key, --cacert or --hosts is unusable
  3  the agent can't be reached, or one of the two certificates is not accepted; with --hosts: that of any amphora`;

/** The name of the command. Its subcommands exist only after defineCtl(). */
export const CTL = 'ctl';

/** Adds the command `ctl` without its subcommands, so that `--help` lists it. */
export function addCtl(program: Command): void {
  program
    .command(CTL)
    .description('look at and change an amphora through its agent, here or on another machine')
    .addHelpText('after', HELP_ON_CTL);
}

/**
 * Adds the subcommands of `ctl`. Their modules aren't loaded for other commands, because the memory of the daemon is bounded.
 */
export async function defineCtl(program: Command, surroundings: Surroundings): Promise<void> {
  const ctl = program.commands.find((command) => command.name() === CTL);
  if (ctl === undefined) throw new Error(`the command ${CTL} is missing`);
  const { addSubcommands } = await import('./ctl/subcommands.ts');
  addSubcommands(program, ctl, surroundings);
}
