import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createCommandRunner } from '../../src/host/command.ts';
import { REPOSITORY } from '../repository.ts';

const GIT_MS = 60_000;
const commands = createCommandRunner();

async function git(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const options = { timeoutMs: GIT_MS, env };
  return (await commands.run(['git', '-C', REPOSITORY, ...argv], options)).stdout.trim();
}

/**
 * Makes a bare repository whose only branch is the working tree as it is: what is committed, what is not yet, and new
 * files that git doesn't ignore. The repository of the working tree keeps its index and branches.
 * @returns the directory of the bare repository
 */
export async function bareCopy(directory: string): Promise<string> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'amphora-agent-index-'));
  try {
    const index = { GIT_INDEX_FILE: path.join(scratch, 'index') };
    await git(['read-tree', 'HEAD'], index);
    await git(['add', '--all'], index);
    const tree = await git(['write-tree'], index);
    const author = { GIT_AUTHOR_NAME: 'fresh', GIT_AUTHOR_EMAIL: 'fresh@localhost' };
    const committer = { GIT_COMMITTER_NAME: 'fresh', GIT_COMMITTER_EMAIL: 'fresh@localhost' };
    const commit = await git(['commit-tree', tree, '-m', 'The working tree'], { ...author, ...committer });
    const bare = path.join(directory, 'source.git');
    await git(['init', '--quiet', '--bare', '--initial-branch=main', bare]);
    await git(['push', '--quiet', bare, `${commit}:refs/heads/main`]);
    return bare;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
