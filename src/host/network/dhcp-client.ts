import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { AMPHORA_NAMESPACE } from '../../domain/paths.ts';
import type { DhcpFiles } from '../../domain/programs.ts';
import type { CommandRunner } from '../command.ts';
import type { Files } from '../files.ts';
import type { Processes } from '../processes/processes.ts';

/** DHCP (IPv4) for interfaces inside the namespace, by the client that the image has. */
export interface DhcpClient {
  /**
   * Starts a client for the interface unless one runs, this agent's or another's; waits some 20 s for the first lease,
   * after which the client goes on trying by itself. It outlives the agent.
   * @throws CommandFailed when it can't be started
   */
  start(name: string): Promise<void>;
  /** Ends the interface's client. @returns whether there was one */
  stop(name: string): Promise<boolean>;
}

export type DhcpProgram = (typeof PROGRAMS)[number];

/** The preferred one first. */
const PROGRAMS = ['udhcpc', 'dhclient', 'dhcpcd'] as const;
const DIRECTORIES = ['/usr/sbin', '/sbin', '/usr/bin', '/usr/local/sbin'];
const FIRST_LEASE_MS = 60_000;
const END_MS = 5_000;
const POLL_MS = 50;
const SCRIPT_MODE = 0o755;
const CONFIG_MODE = 0o644;

/**
 * @param directory where the scripts and the leases are kept
 * @param texts of the scripts and configurations, see templates/programs/
 * @param programs the clients that may be used, the preferred one first
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
      // it may be of another NIC that had this name, and of another network
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
/** Both names are what dhcpcd calls them. */
const leaseFile = (name: string, directory: string): string => path.join(directory, `${name}.lease`);
const pidFile = (name: string): string => path.join(RUN_DIRECTORY, `${name}.pid`);
/** the second is that of Octavia's agent, whose place this one may have taken */
const pidFiles = (name: string): string[] => [pidFile(name), `/run/dhclient-${name}.pid`];

/** Each goes into the background with its first lease, or after some 20 s without one. */
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

/** One that has ended meanwhile is fine. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
