import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';

/** How a program inside a copied root ended. */
export interface Ended {
  readonly status: number | null;
  /** what it said on both streams, without empty lines */
  readonly said: string[];
}

/** A copy of this machine's files, in which packages are installed and nothing of the machine changes. */
export interface CopiedRoot {
  readonly directory: string;
  /** @param name absolute @returns where it is outside */
  inside(name: string): string;
  run(...argv: [string, ...string[]]): Promise<Ended>;
  remove(): void;
}

/**
 * Mounts an overlay above this machine's files, with its changes in memory. Needs a mount namespace of its own, as all but unit tests
 * have. There is no /run in it, so that programs find no systemd.
 * @param store an empty directory
 */
export function createCopiedRoot(store: string): CopiedRoot {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=0755', 'copied-root', store]);
  const directory = path.join(store, 'root');
  for (const name of ['upper', 'work', 'root']) mkdirSync(path.join(store, name));
  const options = `lowerdir=/,upperdir=${store}/upper,workdir=${store}/work`;
  execFileSync('mount', ['-t', 'overlay', '-o', options, 'copied-root', directory]);
  const inside = (name: string): string => path.join(directory, name);
  for (const name of ['dev', 'proc']) execFileSync('mount', ['--bind', `/${name}`, inside(name)]);
  return {
    directory,
    inside,
    run: (...argv) => end('chroot', [directory, ...argv]),
    remove: () => {
      execFileSync('umount', ['--recursive', store]);
    },
  };
}

/** Runs a program to its end, whatever that is. */
export function end(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      { env: { ...process.env, ...environment }, maxBuffer: 2 ** 24 },
      (_error, stdout, stderr) => {
        const said = `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
        resolve({ status: child.exitCode, said });
      },
    );
  });
}
