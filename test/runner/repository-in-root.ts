import { REPOSITORY } from '../repository.ts';
import { type RootView, rootCommand } from '../roots/root-command.ts';

/** The command that runs `argv` in a Debian root that has the repository where it is on this machine. */
export function repositoryInRoot(argv: readonly string[], view: RootView): [string, ...string[]] {
  const binds = { [REPOSITORY]: REPOSITORY, ...view.binds };
  return rootCommand(['env', '--chdir', REPOSITORY, ...argv], { ...view, binds });
}
