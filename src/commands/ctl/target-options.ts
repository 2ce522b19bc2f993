import { readUsableConfigFile } from '../../config-file.ts';
import { isUuid } from '../../domain/ids.ts';
import { createPaths } from '../../domain/paths.ts';
import { InvalidConfiguration } from '../../errors.ts';
import { InvalidTarget } from '../../host/agent/agent-errors.ts';
import { type AgentTarget, readCredentials } from '../../host/agent/agent-target.ts';
import { createFiles } from '../../host/files.ts';
import { UsageFault } from './outcome.ts';

/** The options that choose the agent, as the command line has them. */
export interface TargetOptions {
  readonly host?: string;
  readonly port?: string;
  readonly amphora?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly cacert?: string;
  /** file that names many agents */
  readonly hosts?: string;
}

export const DEFAULT_PORT = 9443;
const LAST_PORT = 65_535;

/**
 * Returns the agent that the options name: without `--host` the one on this machine.
 * @param configFile the agent's configuration on this machine, which may move its socket
 * @throws UsageFault, InvalidTarget
 */
export async function targetOf(options: TargetOptions, configFile: string): Promise<AgentTarget> {
  const { host, cert, key, cacert, amphora } = options;
  if (options.hosts !== undefined)
    throw new UsageFault('--hosts: only with status, drift, diagnostics and upgrade');
  if (host === undefined) {
    const stray = (['port', 'amphora', 'cert', 'key', 'cacert'] as const).filter((name) => name in options);
    if (stray.length > 0) throw new UsageFault(`--${stray.join(', --')}: only with --host`);
    return { kind: 'local', socket: await localSocket(configFile) };
  }
  if (host === '') throw new UsageFault('--host: is empty');
  if (cert === undefined || cacert === undefined)
    throw new UsageFault('--host needs --cert and --cacert (and --key, if the file of --cert has no key)');
  if (amphora !== undefined && !isUuid(amphora)) throw new UsageFault('--amphora: must be a UUID');
  const port = portOf(options.port);
  // as in a URL
  const address = host.replace(/^\[(.*)\]$/, '$1');
  return { kind: 'remote', host: address, port, amphora, ...readCredentials({ cert, key, ca: cacert }) };
}

/** @throws UsageFault */
export function portOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PORT;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > LAST_PORT) throw new UsageFault(`--port: must be a number from 1 to ${LAST_PORT}`);
  return port;
}

async function localSocket(configFile: string): Promise<string> {
  try {
    return createPaths((await readUsableConfigFile(createFiles(), configFile)).config).local.socket;
  } catch (error) {
    if (!(error instanceof InvalidConfiguration)) throw error;
    throw new InvalidTarget(`${error.message}; for an agent on another machine, give --host`);
  }
}
