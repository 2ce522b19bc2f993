import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { addDevelopment, agentVersion } from '#development';
import { nearestName } from '../domain/text/nearest-name.ts';
import { addAudit } from './audit-command.ts';
import { addBundle } from './bundle-command.ts';
import { addCtl, CTL, defineCtl } from './ctl-command.ts';
import { endUnconfigured, NOT_STARTED, UNUSABLE } from './exit-codes.ts';
import { addCheck, addDiagnostics } from './fault-finding.ts';
import { addHealthCommands } from './health-commands.ts';
import { addHistory } from './history-command.ts';
import type { Installation, Surroundings } from './installation.ts';
import type { ModelKind } from './render-model.ts';
import type { ServeOptions } from './serve.ts';
import { addUpgrade } from './upgrade-command.ts';

const DEFAULT_CONFIG = '/etc/octavia/amphora-agent.conf';

/**
 * Runs the command that the command line names. It loads the code of that command only, so the daemon spends neither time
 * nor memory on the others.
 * @param argv process.argv; if the program's name is a key of CALLED_BY_NAME, it selects the command
 * @param surroundings `entry` is the module that was started, from which the heartbeat thread starts too
 */
export async function runCommandLine(
  argv: readonly string[],
  { entry, environment, exit }: Omit<Surroundings, 'installation'> & { readonly entry: URL },
): Promise<void> {
  const installation: Installation = {
    entry,
    templates: fileURLToPath(new URL('../templates', entry)),
    commands: fileURLToPath(new URL('bin', entry)),
  };
  const surroundings: Surroundings = { installation, environment, exit };
  const program = createCommandLine(surroundings, agentVersion);
  addDevelopment(program, surroundings);
  if (argv.includes(CTL)) await defineCtl(program, surroundings);
  endWithReader(exit);
  try {
    await program.parseAsync(asCommand(argv));
  } catch (error) {
    endUnconfigured(error, exit, UNUSABLE);
  }
}

/**
 * Creates all commands of a production build with their options. The manual pages and the shell completion are made from them.
 */
export function createCommandLine(surroundings: Surroundings, version: string): Command {
  const program = createProgram(surroundings, version);
  addInterface(program, surroundings);
  addNamespace(program, surroundings);
  addHistory(program, surroundings);
  addPrometheusProxy(program, surroundings);
  addOpenApi(program);
  addRender(program, surroundings);
  addCheckConfig(program, surroundings);
  addHealthCommands(program, surroundings);
  addAudit(program, surroundings);
  addCheck(program, surroundings);
  addDiagnostics(program, surroundings);
  addBundle(program, surroundings);
  addUpgrade(program, surroundings);
  addCtl(program);
  addWarmUp(program);
  return program;
}

const HELP_ON_ENDING = `
Exit codes:
  0  success; daemon: ended by SIGTERM or SIGINT
  1  failure; daemon: it can't start with its configuration (one line on standard error)
  2  wrong usage; a command: the configuration can't be used either

A command with exit codes of its own lists them in its --help.

Signals to the daemon:
  SIGTERM, SIGINT  finish the requests under way (at most 10 s) and end; haproxy and keepalived go on running
  SIGHUP           read the configuration file again
  SIGUSR1          ignored (logrotate sends it)`;

const HELP_ON_INTERFACE = `
Exit codes:
  0  success
  1  no argument was given
  2  an interface, its file or the configuration is faulty, or wrong usage`;

const HELP_ON_RENDER = `
Exit codes:
  0  the model is in order
  1  the model has faults, or the program of --check refuses its configuration
  2  wrong usage, or the model or the configuration of the agent can't be read`;

const HELP_ON_CHECK_CONFIG = `
Exit codes:
  0  the agent can start with the configuration
  1  it can't: each line of the output is a fault
  2  wrong usage`;

function createProgram(surroundings: Surroundings, version: string): Command {
  return new Command('amphora-agent')
    .description('the daemon inside an Octavia amphora; without a command it runs until it is ended')
    .version(version, '-V, --version', 'print the version')
    .exitOverride(({ exitCode }) => surroundings.exit(exitCode === 0 ? 0 : UNUSABLE))
    .enablePositionalOptions()
    .option('--config-file <file>', 'configuration in the format of oslo.config', DEFAULT_CONFIG)
    .addHelpText('after', HELP_ON_ENDING)
    .allowExcessArguments()
    .action(async (options: ServeOptions, program: Command) => {
      const [unknown] = program.args;
      if (unknown !== undefined) refuseCommand(program, unknown);
      const { serve } = await import('./serve.ts');
      await serve(options, surroundings).catch((error) =>
        endUnconfigured(error, surroundings.exit, NOT_STARTED),
      );
    });
}

function refuseCommand(program: Command, unknown: string): never {
  const nearest = nearestName(
    unknown,
    program.commands.map((command) => command.name()),
  );
  const meant = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  program.error(`error: unknown command '${unknown}'${meant} (amphora-agent --help lists all)`);
}

/** Ends the process quietly once the reader of standard output has gone, as in `amphora-agent openapi | head -1`. */
function endWithReader(exit: Surroundings['exit']): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    exit(0);
  });
}

function addInterface(program: Command, surroundings: Surroundings): void {
  const { exit } = surroundings;
  program
    .command('interface')
    .description('bring an interface of the amphora up or down, as its file describes: up|down NAME|all')
    .usage('[options] up|down NAME|all')
    .argument('[action-and-name...]')
    .option('--config-file <file>', 'configuration in the format of oslo.config')
    .addHelpText('after', HELP_ON_INTERFACE)
    .action(async (args: string[], options: { configFile?: string }) => {
      const { runInterfaceCommand } = await import('./interface.ts');
      const { bootContext } = await import('./standalone-context.ts');
      const configFile = options.configFile ?? program.opts<{ configFile: string }>().configFile;
      const { exitCode, output } = await runInterfaceCommand(args, () =>
        bootContext(configFile, surroundings),
      );
      process.stderr.write(output);
      exit(exitCode);
    });
}

function addNamespace(program: Command, surroundings: Surroundings): void {
  const { exit } = surroundings;
  program
    .command('netns')
    .description('after a boot: make the namespace and move the plugged interfaces into it')
    .option('--up', 'then bring every interface up, as `interface up all` does', false)
    .action(async ({ up }: { up: boolean }) => {
      const { runNamespaceCommand } = await import('./namespace.ts');
      const { bootContext } = await import('./standalone-context.ts');
      const context = await bootContext(program.opts<{ configFile: string }>().configFile, surroundings);
      const { exitCode, output } = await runNamespaceCommand({ up }, context);
      process.stderr.write(output);
      exit(exitCode);
    });
}

function addPrometheusProxy(program: Command, { environment, exit }: Surroundings): void {
  program
    .command('prometheus-proxy')
    .description("serve haproxy's metrics under Octavia's names on 127.0.0.1:9102, until it is ended")
    .option('--pid-file <file>', 'file for the process id, written once it serves (default: none)')
    .option(
      '--base-path <directory>',
      'base_path of the agent: leave out the members that a change without a reload removed (default: none)',
    )
    .action(async ({ pidFile, basePath }: { pidFile?: string; basePath?: string }) => {
      const { createFiles } = await import('../host/files.ts');
      const { createHaproxySockets } = await import('../host/haproxy/haproxy-socket.ts');
      const { runPrometheusProxy } = await import('./prometheus-proxy.ts');
      await runPrometheusProxy({
        ...{ files: createFiles(), haproxy: createHaproxySockets() },
        ...{ pidFile, basePath, environment, exit },
      });
    });
}

function addOpenApi(program: Command): void {
  program
    .command('openapi')
    .description('print the OpenAPI document of the API')
    .action(async () => {
      const { openApiText } = await import('./openapi.ts');
      process.stdout.write(openApiText());
    });
}

interface RenderCommandOptions {
  readonly kind?: ModelKind;
  readonly listener?: string;
  readonly check: boolean;
  readonly configFile?: string;
}

function addRender(program: Command, { installation }: Surroundings): void {
  program
    .command('render')
    .description('print the configuration that a model describes; needs no agent and no root')
    .argument('<model>', 'JSON file, or - for standard input')
    .addOption(
      new Option('--kind <kind>', 'default: derived from the model').choices(['haproxy', 'lvs', 'vrrp']),
    )
    .option('--listener <id>', "UDP or SCTP listener of a load balancer's model")
    .option('--check', 'have haproxy or keepalived check it, if installed', false)
    .option('--config-file <file>', "configuration of the agent (default: the agent's defaults)")
    .addHelpText('after', HELP_ON_RENDER)
    .action(async (model: string, { kind, listener, check, configFile }: RenderCommandOptions) => {
      const { runRender } = await import('./render.ts');
      const streams = {
        input: process.stdin,
        print: (text: string) => void process.stdout.write(text),
        say: (text: string) => void process.stderr.write(text),
      };
      const given =
        program.getOptionValueSource('configFile') === 'cli'
          ? program.opts<{ configFile: string }>().configFile
          : undefined;
      process.exitCode = await runRender(
        { model, kind, listener, check, configFile: configFile ?? given },
        streams,
        installation.templates,
      );
    });
}

function addCheckConfig(program: Command, { exit }: Surroundings): void {
  program
    .command('check-config')
    .description('print every fault of a configuration, without starting')
    .argument('[file]', 'default: that of --config-file')
    .addHelpText('after', HELP_ON_CHECK_CONFIG)
    .action(async (file: string | undefined) => {
      const { runCheckConfig } = await import('./check-config.ts');
      const { exitCode, output } = await runCheckConfig(
        file ?? program.opts<{ configFile: string }>().configFile,
      );
      (exitCode === 0 ? process.stdout : process.stderr).write(output, () => exit(exitCode));
    });
}

function addWarmUp(program: Command): void {
  program
    .command('warm-up')
    .description('compile the program ahead of its first start; part of an installation')
    .action(async () => {
      const { warmUp } = await import('./warm-up.ts');
      await warmUp();
    });
}

/** Commands that have a program name of their own: `amphora-interface …` is `amphora-agent interface …`. */
const CALLED_BY_NAME: Readonly<Record<string, string>> = {
  'amphora-interface': 'interface',
  'prometheus-proxy': 'prometheus-proxy',
};

function asCommand(argv: readonly string[]): string[] {
  const [node = '', called = '', ...args] = argv;
  const command = CALLED_BY_NAME[path.basename(called)];
  return command === undefined ? [...argv] : [node, called, command, ...args];
}
