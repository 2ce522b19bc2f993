import { fileURLToPath } from 'node:url';
import type { AgentPrograms } from '../../sandbox/amphora/amphora-files.ts';

const source = (file: string): string => fileURLToPath(new URL(`../../src/${file}`, import.meta.url));

/** The programs of this working copy. */
export const programs: AgentPrograms = {
  agent: [process.execPath, source('main.ts')],
  commands: source('bin'),
};
