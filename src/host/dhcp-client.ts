import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { DHCLIENT_CONFIG, LEASE_SCRIPT } from '../domain/dhcp-lease.ts';
import { AMPHORA_NAMESPACE } from '../domain/paths.ts';
import type { Argv, CommandRunner } from './command.ts';
import type { Files } from './files.ts';

/** DHCP (IPv4) for interfaces inside the namespace, by the client that the image has. */
export interface DhcpClient {
  /**
   * Starts a client for the interface unless one runs; waits some 20 s for the first lease, after which the client goes on
   * trying by itself. It outlives the agent.
   * @throws CommandFailed when it can't be started
   */
  start(name: string): Promise<void>;
  /** Ends the interface's client. @returns whether there was one */
  stop(name: string): Promise<boolean>;
}

export type DhcpProgram = 'udhcpc' | 'dhclient';

const DIRECTORIES = ['/usr/sbin', '/sbin', '/usr/bin', '/usr/local/sbin'];
const FIRST_LEASE_MS = 60_000;
const END_MS = 5_000;
const POLL_MS = 50;
const SCRIPT_MODE = 0o755;
const CONFIG_MODE = 0o644;

/** @param directory where the script and the leases are kept @param programs those to be used, the preferred one first */
export function createDhcpClient(
  parts: { readonly commands: CommandRunner; readonly files: Files; readonly logger: Logger },
  directory: string,
  programs: readonly DhcpProgram[] = ['udhcpc', 'dhclient'],
): DhcpClient {
  const { commands, files, logger } = parts;
  return {
    async start(name) {
      if ((await runningPid(files, name)) !== undefined) return;
      const program = await firstInstalled(files, programs);
      if (program === undefined) {
        logger.error({ interface: name }, 'no DHCP client in the image: the interface gets no IPv4 address');
        return;
      }
      await files.makeDirectory(directory);
      // it may be of another NIC that had this name, and of another network
      await files.remove(leaseFile(name, directory));
      await files.write(path.join(directory, SCRIPT), LEASE_SCRIPT, { mode: SCRIPT_MODE });
      await files.write(path.join(directory, CONFIG), DHCLIENT_CONFIG, { mode: CONFIG_MODE });
      await commands.run(['ip', 'netns', 'exec', AMPHORA_NAMESPACE, ...ARGV[program](name, directory)], {
        timeoutMs: FIRST_LEASE_MS,
        discardOutput: true,
      });
      logger.info({ interface: name, program }, 'DHCP client started');
    },
    async stop(name) {
      const pid = await runningPid(files, name);
      if (pid !== undefined) await end(pid, () => runningPid(files, name));
      await files.remove(pidFile(name));
      return pid !== undefined;
    },
  };
}

const SCRIPT = 'lease-script';
const CONFIG = 'dhclient.conf';
const leaseFile = (name: string, directory: string): string => path.join(directory, `${name}.leases`);
const pidFile = (name: string): string => `/run/amphora-dhcp-${name}.pid`;

/** Each goes into the background with its first lease, or after some 20 s without one. */
const ARGV: Record<DhcpProgram, (name: string, directory: string) => Argv> = {
  udhcpc: (name, directory) => [
    ...(['udhcpc', '-b', '-S', '-t', '7', '-T', '3', '-O', 'staticroutes', '-i', name] as const),
    ...['-s', path.join(directory, SCRIPT), '-p', pidFile(name)],
  ],
  dhclient: (name, directory) => [
    ...(['dhclient', '-4', '-q', '-cf', path.join(directory, CONFIG), '-sf'] as const),
    ...[path.join(directory, SCRIPT), '-pf', pidFile(name), '-lf', leaseFile(name, directory)],
    name,
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

/** A number in a leftover file may be another process by now. */
async function runningPid(files: Files, name: string): Promise<number | undefined> {
  const pid = Number((await files.readText(pidFile(name))) ?? Number.NaN);
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  const words = ((await files.readText(`/proc/${pid}/cmdline`)) ?? '').split('\0');
  return words.includes(pidFile(name)) ? pid : undefined;
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
