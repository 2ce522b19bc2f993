import type { Command } from 'commander';
import type { Surroundings } from './installation.ts';

const HELP_ON_READY = `
Exit codes:
  0  the amphora serves
  1  it doesn't serve: each line of the output is a reason
  2  the agent doesn't answer, the configuration can't be used, or wrong usage`;

/** Adds the commands that show the state of the amphora. */
export function addHealthCommands(program: Command, { exit }: Surroundings): void {
  program
    .command('ready')
    .description('whether the amphora serves, and why not, as the running agent sees it')
    .addHelpText('after', HELP_ON_READY)
    .action(async () => {
      const { runReady } = await import('./ready.ts');
      const { exitCode, output } = await runReady(program.opts<{ configFile: string }>().configFile);
      (exitCode === 0 ? process.stdout : process.stderr).write(output, () => exit(exitCode));
    });
}
