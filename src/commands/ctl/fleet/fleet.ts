import { readFile } from 'node:fs/promises';
import type { FleetHost, FleetHosts } from '../../../domain/fleet/fleet-host.ts';
import {
  hostsOfAmphorae,
  InvalidHosts,
  isJsonList,
  readHostLines,
} from '../../../domain/fleet/hosts-file.ts';
import { reasonOf } from '../../../errors.ts';
import { readCredentials } from '../../../host/agent/agent-target.ts';
import { parseAmphoraList } from '../../../schemas/amphora-list.ts';
import { type AgentClient, createAgentClient } from '../agent-client.ts';
import { UsageFault } from '../outcome.ts';
import { portOf, type TargetOptions } from '../target-options.ts';

/** The options that choose a fleet, as the command line has them. */
export interface FleetOptions extends TargetOptions {
  readonly hosts: string;
  readonly parallel: number;
}

/** The amphorae of a file, and how to connect to them. */
export interface Fleet extends FleetHosts {
  /** the file that names them */
  readonly file: string;
  /** number of amphorae at which the command works at the same time */
  readonly parallel: number;
  connect(host: FleetHost): AgentClient;
}

/** The bounds of an answer: many are in memory at the same time. An amphora of 100 listeners and 2 000 members says 1 MiB. */
const LIMITS = { deadlineMs: 60_000, mostBytes: 8 * 1024 * 1024 };

/** Reads the file of hosts and the client's files. @throws UsageFault, InvalidTarget */
export async function fleetOf({ hosts: file, parallel, ...options }: FleetOptions): Promise<Fleet> {
  const stray = (['host', 'amphora'] as const).filter((name) => name in options);
  if (stray.length > 0) throw new UsageFault(`--${stray.join(', --')}: not with --hosts`);
  const { cert, key, cacert } = options;
  if (cert === undefined || cacert === undefined)
    throw new UsageFault('--hosts needs --cert and --cacert (and --key, if the file of --cert has no key)');
  const port = portOf(options.port);
  // one TLS context for all connections
  const credentials = readCredentials({ cert, key, ca: cacert });
  return {
    ...(await readHosts(file)),
    ...{ file, parallel },
    connect: ({ address: host, amphora }) =>
      createAgentClient({ kind: 'remote', host, port, amphora, ...credentials }, LIMITS),
  };
}

async function readHosts(file: string): Promise<FleetHosts> {
  try {
    const text = await readFile(file, 'utf8');
    return isJsonList(text) ? hostsOfAmphorae(parseAmphoraList(text)) : readHostLines(text);
  } catch (error) {
    if (!(error instanceof InvalidHosts) && !isSystemError(error)) throw error;
    throw new UsageFault(`--hosts ${file}: ${reasonOf(error)}`, { cause: error });
  }
}

const isSystemError = (error: unknown): boolean => error instanceof Error && 'code' in error;
