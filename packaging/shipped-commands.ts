import type { Command } from 'commander';
import { createCommandLine } from '../src/commands/command-line.ts';

const NOWHERE = { entry: new URL('file:///'), templates: '', commands: '' };

/** The commands of an installed agent with their options, to be read and not to be run. */
export const shippedCommands = (version: string): Command =>
  createCommandLine({ installation: NOWHERE, environment: {}, exit: () => undefined }, version);
