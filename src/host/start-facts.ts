import { access, constants } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import path from 'node:path';

/** What a configuration needs of the machine, as it is now. */
export interface StartFacts {
  /** addresses of this network namespace's interfaces, without `%interface` */
  addresses(): readonly string[];
  /** @param program absolute path, or a name that is looked for in PATH */
  canRun(program: string): Promise<boolean>;
}

/** @param searchPath directories with a colon between, as in PATH */
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
