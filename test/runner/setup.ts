import path from 'node:path';
import { createCommandRunner } from '../../src/host/command.ts';
import { REPOSITORY } from '../repository.ts';

const SETUP = path.join(REPOSITORY, '.ci/setup');

/**
 * Asks .ci/setup for names of Debian packages.
 * @param question `missing`: those that a group needs and this machine lacks; `root`: those of a Debian root
 */
export async function debianPackages(question: 'missing' | 'root', name: string): Promise<string[]> {
  const { stdout } = await createCommandRunner().run(['sh', SETUP, question, name], { timeoutMs: 30_000 });
  return stdout.split(/\s+/).filter((word) => word !== '');
}
