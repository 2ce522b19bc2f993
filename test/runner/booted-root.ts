import { z } from 'zod';
import { ROOTS_VARIABLE } from './group-roots.ts';

const Roots = z.record(z.string(), z.string());

/**
 * @param name of a root that test/run.ts has made for the tests of this group
 * @returns its directory
 * @throws Error where vitest was not started by test/run.ts
 */
export function bootedRoot(name: string): string {
  const text = process.env[ROOTS_VARIABLE];
  const directory = text === undefined ? undefined : Roots.parse(JSON.parse(text))[name];
  if (directory === undefined) throw new Error(`no root ${name}; start these tests by npm run test:systemd`);
  return directory;
}
