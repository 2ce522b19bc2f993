import { access, constants } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import path from 'node:path';

/** The facts of the machine that a configuration depends on, as they are now. */
export interface StartFacts {
  /** Returns the addresses of the interfaces in this network namespace, without `%interface`. */
  addresses(): readonly string[];
  /** @param program an absolute path, or a name to find in PATH */
  canRun(program: string): Promise<boolean>;
}

/** @param searchPath directories, separated by colons as in PATH */
export const createStartFacts = (searchPath: string): StartFacts => ({
  addresses: () =>
    Object.values(networkInterfaces()).flatMap((entries) => (entries ?? []).map(({ address }) => address)),
  async canRun(program) {
    const places = program.startsWith('/') ? [program] : inDirectories(searchPath, program);
    const found = await Promise.all(places.map(isExecutable));
    return found.includes(true);
  },
});

const inDirectories = (searchPath: string, name: string): string[] =>
  searchPath
    .split(':')
    .filter((directory) => directory !== '')
    .map((directory) => path.join(directory, name));

const isExecutable = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
