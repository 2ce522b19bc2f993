import type { Command } from 'commander';
import type { Surroundings } from './installation.ts';

const HELP_ON_CHECK = `
Exit codes:
  0  all is well
  1  something is degraded: the agent works, but not completely
  2  something is broken: the amphora is useless to its controller; or wrong usage`;

const HELP_ON_DIAGNOSTICS = `
Exit codes:
  0  the archive is written
  1  it is not, and an earlier FILE is as it was
  2  wrong usage`;

/** Adds the command `check`. */
export function addCheck(program: Command, { environment, exit }: Surroundings): void {
  program
    .command('check')
    .description('check everything that the agent needs on this machine, and name what mends a fault')
    .option('--json', 'print JSON', false)
    .addHelpText('after', HELP_ON_CHECK)
    .action(async (options: { json: boolean }) => {
      const { runCheck } = await import('./check.ts');
      const configFile = program.opts<{ configFile: string }>().configFile;
      const { exitCode, output } = await runCheck(configFile, options, environment['PATH'] ?? '');
      process.stdout.write(output, () => exit(exitCode));
    });
}

/** Adds the command `diagnostics`. */
export function addDiagnostics(program: Command, surroundings: Surroundings): void {
  const { exit } = surroundings;
  program
    .command('diagnostics')
    .description('write everything that helps to find a fault into one archive, without secrets')
    .requiredOption(
      '-o, --output <file>',
      'the archive (tar.gz), or - for standard output; replaces an earlier one once it is complete',
    )
    .addHelpText('after', HELP_ON_DIAGNOSTICS)
    .action(async ({ output }: { output: string }) => {
      const [{ runDiagnostics }, { reportContext }] = await Promise.all([
        import('./diagnostics.ts'),
        import('./standalone-context.ts'),
      ]);
      const configFile = program.opts<{ configFile: string }>().configFile;
      const outcome = await runDiagnostics(output, configFile, () => reportContext(configFile, surroundings));
      (outcome.exitCode === 0 ? process.stdout : process.stderr).write(outcome.output, () =>
        exit(outcome.exitCode),
      );
    });
}
