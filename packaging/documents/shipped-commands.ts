import type { Command } from 'commander';
import { createCommandLine } from '../../src/commands/command-line.ts';
import { addSubcommands } from '../../src/commands/ctl/subcommands.ts';
import { CTL } from '../../src/commands/ctl-command.ts';

const NOWHERE = { entry: new URL('file:///'), templates: '', commands: '' };

/** Returns the commands of an installed agent with their options, for reading only: they can't run. */
export function shippedCommands(version: string): Command {
  const surroundings = { installation: NOWHERE, environment: {}, exit: () => undefined };
  const program = createCommandLine(surroundings, version);
  const ctl = program.commands.find((command) => command.name() === CTL);
  if (ctl !== undefined) addSubcommands(program, ctl, surroundings);
  return program;
}
