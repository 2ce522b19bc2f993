import type { Command } from 'commander';
import type { CommandOutcome, HistoryContext } from './history.ts';
import type { Surroundings } from './installation.ts';

const HELP_ON_HISTORY = `
Exit codes:
  0  success
  1  the load balancer has no such configuration, or its history can't be read
  2  wrong usage, or the configuration of the agent can't be used`;

const HELP_ON_ROLLBACK = `
Exit codes:
  0  the earlier configuration is in force
  1  the rollback was refused or failed
  2  wrong usage, or the configuration of the agent can't be used`;

/** Adds the commands `history` and `rollback`. */
export function addHistory(program: Command, surroundings: Surroundings): void {
  const { exit } = surroundings;
  const run = async (command: (modules: HistoryModules) => Promise<CommandOutcome>): Promise<void> => {
    const [history, { standaloneContext }] = await Promise.all([
      import('./history.ts'),
      import('./standalone-context.ts'),
    ]);
    const configFile = program.opts<{ configFile: string }>().configFile;
    const { exitCode, output } = await command({
      history,
      context: () => standaloneContext(configFile, surroundings),
    });
    (exitCode === 0 ? process.stdout : process.stderr).write(output, () => exit(exitCode));
  };
  program
    .command('history')
    .description("list a load balancer's configurations that ran last, with or without the agent")
    .argument('<load-balancer>', 'id of the load balancer')
    .option('--json', 'print JSON', false)
    .addHelpText('after', HELP_ON_HISTORY)
    .action((id: string, options: { json: boolean }) =>
      run(({ history, context }) => history.runHistory(id, options, context)),
    );
  program
    .command('rollback')
    .description('make haproxy run an earlier configuration again, with or without the agent')
    .argument('<load-balancer>', 'id of the load balancer')
    .argument('[entry]', 'number or md5 of the history entry (default: the newest except the stored one)')
    .addHelpText('after', HELP_ON_ROLLBACK)
    .action((id: string, entry: string | undefined) =>
      run(({ history, context }) => history.runRollback(id, entry, context)),
    );
}

interface HistoryModules {
  readonly history: typeof import('./history.ts');
  readonly context: () => Promise<HistoryContext>;
}
