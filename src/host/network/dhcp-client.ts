import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { AMPHORA_NAMESPACE } from '../../domain/paths.ts';
import type { DhcpFiles } from '../../domain/programs.ts';
import type { CommandRunner } from '../command.ts';
import type { Files } from '../files.ts';
import type { Processes } from '../processes/processes.ts';

/** DHCP (IPv4) for interfaces inside the namespace. Runs the client that the image contains. */
export interface DhcpClient {
  /**
   * Starts a client for the interface unless a client of this or another agent runs. Waits about 20 s for the first lease.
   * After that time the client retries in the background. The client outlives the agent.
   * @throws CommandFailed when the client can't be started
   */
  start(name: string): Promise<void>;
  /** Ends the client of the interface. @returns whether a client ran */
  stop(name: string): Promise<boolean>;
}

export type DhcpProgram = (typeof PROGRAMS)[number];

/** The supported clients, in the order of preference. */
const PROGRAMS = ['udhcpc', 'dhclient', 'dhcpcd'] as const;
const DIRECTORIES = ['/usr/sbin', '/sbin', '/usr/bin', '/usr/local/sbin'];
const FIRST_LEASE_MS = 60_000;
const END_MS = 5_000;
const POLL_MS = 50;
const SCRIPT_MODE = 0o755;
const CONFIG_MODE = 0o644;

/**
 * @param directory the directory of the scripts and the leases
 * @param texts the scripts and configurations, see templates/programs/
 * @param programs the clients to use, in the order of preference
 */
export function createDhcpClient(
  parts: {
    readonly commands: CommandRunner;
    readonly files: Files;
    readonly processes: Processes;
    readonly logger: Logger;
  },
  directory: string,
  texts: () => DhcpFiles,
  programs: readonly DhcpProgram[] = PROGRAMS,
): DhcpClient {
  const { commands, files, processes, logger } = parts;
  const runningPid = async (name: string): Promise<number | undefined> => {
    for (const file of pidFiles(name)) {
      const pid = (await files.exists(file)) ? await processes.runningPid(file, ...PROGRAMS) : undefined;
      if (pid !== undefined) return pid;
    }
    return undefined;
  };
  return {
    async start(name) {
      if ((await runningPid(name)) !== undefined) return;
      const program = await firstInstalled(files, programs);
      if (program === undefined) {
        logger.error({ interface: name }, 'no DHCP client in the image: the interface gets no IPv4 address');
        return;
      }
      for (const place of [directory, RUN_DIRECTORY]) await files.makeDirectory(place);
      // an earlier NIC with this name may have left the lease of another network
      await files.remove(leaseFile(name, directory));
      for (const { name: file, text, mode } of filesOf(texts())) {
        await files.write(path.join(directory, file), text, { mode });
      }
      await commands.run(['ip', 'netns', 'exec', AMPHORA_NAMESPACE, ...ARGV[program](name, directory)], {
        timeoutMs: FIRST_LEASE_MS,
        discardOutput: true,
      });
      logger.info({ interface: name, program }, 'DHCP client started');
    },
    async stop(name) {
      const pid = await runningPid(name);
      if (pid !== undefined) await end(pid, () => runningPid(name));
      for (const file of pidFiles(name)) await files.remove(file);
      return pid !== undefined;
    },
  };
}

const SCRIPT = 'lease-script';

const filesOf = (texts: DhcpFiles) => [
  { name: SCRIPT, text: texts.leaseScript, mode: SCRIPT_MODE },
  { name: 'run-dhcpcd', text: texts.runDhcpcd, mode: SCRIPT_MODE },
  { name: 'dhclient.conf', text: texts.dhclientConfig, mode: CONFIG_MODE },
  { name: 'dhcpcd.conf', text: texts.dhcpcdConfig, mode: CONFIG_MODE },
];

const RUN_DIRECTORY = '/run/amphora-dhcp';
/** Both names are the ones that dhcpcd uses. */
const leaseFile = (name: string, directory: string): string => path.join(directory, `${name}.lease`);
const pidFile = (name: string): string => path.join(RUN_DIRECTORY, `${name}.pid`);
/** The second file is the one of Octavia's Python agent, which this agent may have replaced. */
const pidFiles = (name: string): string[] => [pidFile(name), `/run/dhclient-${name}.pid`];

/** The command lines. Each client goes into the background with its first lease, or after about 20 s without a lease. */
const ARGV: Record<DhcpProgram, (name: string, directory: string) => readonly string[]> = {
  udhcpc: (name, directory) => [
    ...['udhcpc', '-b', '-S', '-t', '7', '-T', '3', '-O', 'staticroutes', '-i', name],
    ...['-s', path.join(directory, SCRIPT), '-p', pidFile(name)],
  ],
  dhclient: (name, directory) => [
    ...['dhclient', '-4', '-q', '-cf', path.join(directory, 'dhclient.conf')],
    ...['-sf', path.join(directory, SCRIPT), '-pf', pidFile(name), '-lf', leaseFile(name, directory), name],
  ],
  dhcpcd: (name, directory) => [
    ...[path.join(directory, 'run-dhcpcd'), RUN_DIRECTORY, directory, name],
    ...['-f', path.join(directory, 'dhcpcd.conf'), '-c', path.join(directory, SCRIPT)],
  ],
};

async function firstInstalled(
  files: Files,
  programs: readonly DhcpProgram[],
): Promise<DhcpProgram | undefined> {
  for (const program of programs) {
    const found = await Promise.all(DIRECTORIES.map((place) => files.exists(path.join(place, program))));
    if (found.includes(true)) return program;
  }
  return undefined;
}

async function end(pid: number, current: () => Promise<number | undefined>): Promise<void> {
  signal(pid, 'SIGTERM');
  const deadline = performance.now() + END_MS;
  while ((await current()) === pid) {
    if (performance.now() > deadline) {
      signal(pid, 'SIGKILL');
      return;
    }
    await delay(POLL_MS);
  }
}

/** Sends a signal. Does nothing when the process has ended. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
