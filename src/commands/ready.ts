import { readConfigFile } from '../config-file.ts';
import { createPaths } from '../domain/paths.ts';
import { SocketSilent } from '../errors.ts';
import { createFiles } from '../host/files.ts';
import { askLocalAgent } from '../host/local-agent.ts';
import type { CommandOutcome } from './history.ts';

const LIMIT_MS = 10_000;
const READY = 200;
const NOT_READY = 503;

/** Runs the command `ready`: asks the agent on this machine whether the amphora serves. @throws InvalidConfiguration */
export async function runReady(configFile: string): Promise<CommandOutcome> {
  const { config } = await readConfigFile(createFiles(), configFile);
  const { socket } = createPaths(config).local;
  try {
    const { status, body } = await askLocalAgent(socket, { method: 'GET', target: '/readyz' }, LIMIT_MS);
    if (status === READY) return { exitCode: 0, output: body };
    if (status === NOT_READY) return { exitCode: 1, output: body };
    return { exitCode: 2, output: `the agent answered ${status}: ${body}\n` };
  } catch (error) {
    if (!(error instanceof SocketSilent)) throw error;
    return { exitCode: 2, output: `the agent does not answer: ${error.message}\n` };
  }
}
