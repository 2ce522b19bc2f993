import type { Command } from 'commander';
import { createCommandLine } from '../../src/commands/command-line.ts';

const NOWHERE = { entry: new URL('file:///'), templates: '', commands: '' };

/** Returns the commands of an installed agent with their options, for reading only: they can't run. */
export const shippedCommands = (version: string): Command =>
  createCommandLine({ installation: NOWHERE, environment: {}, exit: () => undefined }, version);
