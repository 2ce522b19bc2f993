import { type Command, InvalidArgumentError, Option } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import type { Surroundings } from '../../src/commands/installation.ts';
import type { DevelopmentCertificate } from '../../src/http/server/tls-material.ts';

/** The version of the sources. */
export const agentVersion: string = manifest.version;

/** Adds the option `--insecure-dev` and the commands of the sandbox. A production build has none of them. */
export function addDevelopment(program: Command, surroundings: Surroundings): void {
  program.option('--insecure-dev', 'serve on 127.0.0.1 only, without client certificates', false);
  addSandbox(program, surroundings);
  addSandboxParts(program, surroundings);
}

/** Returns the certificate of `--insecure-dev`. */
export async function insecureCertificate(): Promise<DevelopmentCertificate> {
  const { developmentCertificate } = await import('./development-certificate.ts');
  return developmentCertificate();
}

interface SandboxCommandOptions {
  readonly keep: boolean;
  readonly verbose: boolean;
  readonly watch: boolean;
  readonly topology: 'SINGLE' | 'ACTIVE_STANDBY';
  readonly port?: number;
}

function addSandbox(program: Command, surroundings: Surroundings): void {
  program
    .command('sandbox')
    .description('an amphora in private namespaces, with members, a client, and a controller that drives it')
    .option('--keep', 'leave it running for curl, until Ctrl-C', false)
    .option(
      '--port <port>',
      'port on 127.0.0.1 that leads to the agent (default: 9443, or any free one)',
      portNumber,
    )
    .addOption(
      new Option('--topology <topology>', 'topology of the load balancer')
        .choices(['SINGLE', 'ACTIVE_STANDBY'])
        .default('ACTIVE_STANDBY'),
    )
    .option('--verbose', "show the agent's log too", false)
    .option('--watch', 'as --keep, and restart the agent when its sources change', false)
    .action(async (options: SandboxCommandOptions) => {
      const { runSandbox } = await import('./sandbox.ts');
      const keep = options.keep || options.watch;
      surroundings.exit(await runSandbox({ ...options, keep }, surroundings));
    });
}

/** Adds the hidden commands that the sandbox starts inside its namespaces. */
function addSandboxParts(program: Command, { exit }: Surroundings): void {
  program.command('sandbox-inside', { hidden: true }).action(async () => {
    const { runInside } = await import('../inside.ts');
    exit(await runInside(process));
  });
  program
    .command('sandbox-member', { hidden: true })
    .requiredOption('--name <name>')
    .action(async (options: { name: string }) => {
      const { runMember } = await import('../lab/member.ts');
      await runMember(options, process);
    });
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
    throw new InvalidArgumentError('a port is a number from 1 to 65535');
  return port;
}
