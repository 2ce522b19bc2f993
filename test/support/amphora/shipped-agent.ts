import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from '../../../packaging/bundle/build.ts';
import type { Argv } from '../../../src/host/command.ts';
import { REPOSITORY } from '../../repository.ts';

const INSTALLED_NODE = '/usr/lib/amphora-agent/node';

/**
 * Builds the agent as a package has it.
 * @param directory for the build; what was in it is gone
 * @returns how it is called: as its first line says, with this machine's Node in the place of the installed one
 */
export async function buildShippedAgent(directory: string): Promise<Argv> {
  const processor = process.arch === 'arm64' ? 'arm64' : 'x64';
  await build({ root: REPOSITORY, version: '0.0.0', processor }, directory);
  const program = path.join(directory, 'amphora-agent.cjs');
  const [, words] = /^#!\/usr\/bin\/env -S (.*)$/m.exec(await readFile(program, 'utf8')) ?? [];
  if (words === undefined) throw new Error(`${program} does not say how it is called`);
  return [
    '/usr/bin/env',
    ...words.split(' ').map((word) => (word === INSTALLED_NODE ? process.execPath : word)),
    program,
  ];
}
