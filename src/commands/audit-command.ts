import { Argument, type Command } from 'commander';
import type { Files } from '../host/files.ts';
import type { Surroundings } from './installation.ts';

const HELP_ON_AUDIT = `
Exit codes:
  0  the log is whole
  1  lines or files were removed, changed, inserted or reordered
  2  there is no log, it or the configuration can't be read, or wrong usage`;

/** Adds the command `audit`. */
export function addAudit(program: Command, { exit }: Surroundings): void {
  program
    .command('audit')
    .description('examine the log of what clients changed: verify')
    .addArgument(
      new Argument('<action>', 'verify: find what was removed, changed, inserted or reordered').choices([
        'verify',
      ]),
    )
    .argument('[target]', 'file or directory (default: that of the configuration)')
    .option('--expect <hash>', 'hash of a line that must be in the log, for example from another host')
    .option('--json', 'print JSON', false)
    .addHelpText('after', HELP_ON_AUDIT)
    .action(async (_action: string, target: string | undefined, options: AuditCommandOptions) => {
      const [{ runAuditVerify }, { createFiles }] = await Promise.all([
        import('./audit.ts'),
        import('../host/files.ts'),
      ]);
      const files = createFiles();
      const directory =
        target ?? (await auditDirectory(program.opts<{ configFile: string }>().configFile, files));
      const { expect, json } = options;
      const { exitCode, output } = await runAuditVerify(directory, { expect, json }, files);
      (exitCode === 2 ? process.stderr : process.stdout).write(output, () => exit(exitCode));
    });
}

interface AuditCommandOptions {
  readonly expect?: string;
  readonly json: boolean;
}

/** @throws InvalidConfiguration */
async function auditDirectory(configFile: string, files: Files): Promise<string> {
  const [{ readUsableConfigFile }, { createPaths }] = await Promise.all([
    import('../config-file.ts'),
    import('../domain/paths.ts'),
  ]);
  return createPaths((await readUsableConfigFile(files, configFile)).config).audit;
}
