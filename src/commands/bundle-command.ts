import { type Command, InvalidArgumentError } from 'commander';
import type { Surroundings } from './installation.ts';

const HELP_ON_BUNDLE = `
Exit codes:
  0  success; verify: the bundle is in order
  1  the bundle was not made; verify: the bundle is refused, and the reason is printed
  2  wrong usage; verify: the bundle or the key can't be read
  3  verify without --key: the bundle is in order, but its signature was not checked`;

interface MakeCommandOptions {
  readonly key?: string;
  readonly output?: string;
  readonly distribution: string;
  readonly suite?: string;
  readonly expires: number;
  readonly from?: ReadonlyMap<string, string>;
  readonly allowDowngrade: boolean;
}

/** Adds the command `bundle` with its subcommand `verify`. Both need no amphora and no root. */
export function addBundle(program: Command, { exit }: Surroundings): void {
  const bundle = program
    .command('bundle')
    .description('make a signed bundle of Debian packages, with which an amphora is patched in place')
    .usage('[options] --key FILE --output FILE DEB... | verify FILE [--key FILE]')
    // the options before `verify` are those of `bundle`, and the options after it those of `verify`
    .enablePositionalOptions()
    .argument('<deb...>', 'each the file of a Debian package')
    .option('-k, --key <file>', 'ed25519 private key in PEM format')
    .option('-o, --output <file>', 'the bundle; it appears when it is complete')
    .option('--distribution <id>', 'distribution of the amphorae, as ID in /etc/os-release', 'debian')
    .option(
      '--suite <codename>',
      'suite of the amphorae, such as bookworm (default: that of this machine, if it has the distribution)',
    )
    .option('--expires <days>', 'days until amphorae no longer accept it', days, 30)
    .option(
      '--from <name=version>',
      'lowest installed version that a package may replace; can be repeated (default: any)',
      addFrom,
    )
    .option('--allow-downgrade', 'packages may replace newer ones', false)
    .addHelpText('after', HELP_ON_BUNDLE)
    .action(async (packages: string[], options: MakeCommandOptions) => {
      const key = required(bundle, options.key, '-k, --key <file>');
      const output = required(bundle, options.output, '-o, --output <file>');
      const { runBundle } = await import('./bundle.ts');
      const { allowDowngrade: allowsDowngrade, expires: expiresDays, from = new Map(), ...rest } = options;
      const outcome = await runBundle({ ...rest, key, output, packages, from, allowsDowngrade, expiresDays });
      process.stderr.write(outcome.warning);
      (outcome.exitCode === 0 ? process.stdout : process.stderr).write(outcome.output, () =>
        exit(outcome.exitCode),
      );
    });
  addVerify(bundle, exit);
}

function addVerify(bundle: Command, exit: Surroundings['exit']): void {
  bundle
    .command('verify')
    .description('examine a bundle as an amphora does, and print its manifest')
    .argument('<file>', 'the bundle')
    .option('-k, --key <file>', 'ed25519 public key in PEM format (default: the signature is not checked)')
    .option('--json', 'print JSON', false)
    .addHelpText('after', HELP_ON_BUNDLE)
    .action(async (file: string, { key, json }: { key?: string; json: boolean }) => {
      const { runBundleVerify } = await import('./bundle.ts');
      const { exitCode, output, warning } = await runBundleVerify({ file, key, json });
      process.stderr.write(warning);
      process.stdout.write(output, () => exit(exitCode));
    });
}

/** Commander would require an option that it calls required from `verify`, too. */
function required(command: Command, value: string | undefined, flags: string): string {
  return value ?? command.error(`error: required option '${flags}' not specified`);
}

const MOST_DAYS = 3650;

function days(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= MOST_DAYS) return value;
  throw new InvalidArgumentError(`Give a whole number of days from 1 to ${MOST_DAYS}.`);
}

function addFrom(text: string, earlier: ReadonlyMap<string, string> = new Map()): Map<string, string> {
  const [, name, version] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || version === undefined) {
    throw new InvalidArgumentError('Give the name of a package and a version, such as haproxy=2.6.12-1.');
  }
  return new Map([...earlier, [name, version]]);
}
