import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { type Logger, pino } from 'pino';
import type { Topology } from '../../../src/domain/network/interface-plan.ts';
import {
  AMPHORA_NAMESPACE,
  createPaths,
  ENI_DIRECTORY,
  PLUGGED_INTERFACES,
} from '../../../src/domain/paths.ts';
import { type Argv, createCommandRunner } from '../../../src/host/command.ts';
import { createFiles, type Files } from '../../../src/host/files.ts';
import { createDhcpClient, type DhcpProgram } from '../../../src/host/network/dhcp-client.ts';
import { createIfUpDown } from '../../../src/host/network/ifupdown.ts';
import { createNamespaceNetwork } from '../../../src/host/network/namespace.ts';
import { createPacketFilter } from '../../../src/host/network/packet-filter.ts';
import { createProcesses } from '../../../src/host/processes/processes.ts';
import type { NetworkContext } from '../../../src/operations/network/plug-steps.ts';
import { createObjectQueue } from '../../../src/operations/object-queue.ts';
import { renderPrograms } from '../../../src/render/programs.ts';
import { renderTemplate } from '../templates.ts';

const TIMEOUT_MS = 60_000;
const INTERFACE_DIRECTORY = '/etc/octavia/interfaces';
const STATE_DIRECTORY = path.dirname(PLUGGED_INTERFACES);

export interface NetworkLabOptions {
  readonly topology?: Topology;
  readonly interfaceFileFormat?: 'json' | 'eni';
  readonly dhcpPrograms?: readonly DhcpProgram[];
  /** the programs that the agent may load rules with; default: both */
  readonly filterPrograms?: readonly ('nft' | 'iptables')[];
}

/** A line of the log. Some lines have the optional fields. */
export interface LoggedLine {
  readonly msg: string;
  readonly level: number;
  readonly output?: string;
  readonly route?: string;
  readonly reason?: string;
}

/** The network operations on the real kernel, files and programs, with veth pairs for NICs. */
export interface NetworkLab {
  readonly context: NetworkContext;
  readonly files: Files;
  /** Returns the parsed lines that the operations logged. */
  readonly log: () => LoggedLine[];
  /** Makes a NIC outside the namespace, by default with a random MAC. The other end of the pair (`peer`) is up, outside too. */
  addNic(given?: {
    readonly macAddress: string;
  }): Promise<{ readonly name: string; readonly peer: string; readonly macAddress: string }>;
  /** Runs a program outside the namespace amphora-haproxy. @returns its standard output */
  run(...argv: Argv): Promise<string>;
  /** Runs a program inside the namespace amphora-haproxy. @returns its standard output */
  inside(...argv: Argv): Promise<string>;
  /** Returns the number of programs that ran since the last call. */
  programsRun(): number;
  /** Removes interfaces, namespace and files. */
  close(): Promise<void>;
}

export function createNetworkLab({
  filterPrograms,
  dhcpPrograms,
  ...options
}: NetworkLabOptions = {}): NetworkLab {
  const lines: LoggedLine[] = [];
  const logger: Logger = pino({ level: 'debug' }, { write: (text: string) => lines.push(JSON.parse(text)) });
  const files = createFiles();
  const commands = createCommandRunner();
  let programs = 0;
  const counted: typeof commands = {
    run(argv, runOptions) {
      programs++;
      return commands.run(argv, runOptions);
    },
  };
  const run = async (...argv: Argv): Promise<string> =>
    (await commands.run(argv, { timeoutMs: TIMEOUT_MS })).stdout;
  const nics: string[] = [];
  const network = createNamespaceNetwork(counted, files, logger);
  return {
    context: {
      config: () => ({ topology: 'SINGLE', interfaceFileFormat: 'json', ...options }),
      paths: createPaths({
        basePath: STATE_DIRECTORY,
        baseCertDir: `${STATE_DIRECTORY}/certs`,
        agentServerNetworkDir: INTERFACE_DIRECTORY,
      }),
      host: {
        files,
        network,
        ifupdown: createIfUpDown(network),
        filter: createPacketFilter(counted, files, filterPrograms),
        dhcp: createDhcpClient(
          { commands: counted, files, processes: createProcesses(files), logger },
          `${STATE_DIRECTORY}/dhcp`,
          renderPrograms(renderTemplate).dhcp,
          dhcpPrograms,
        ),
      },
      logger,
      render: renderTemplate,
      queue: createObjectQueue(),
    },
    files,
    log: () => lines,
    async addNic(given) {
      const id = randomBytes(3).toString('hex');
      const nic = {
        name: `n${id}`,
        peer: `p${id}`,
        macAddress: given?.macAddress ?? `fa:16:3e:${(id.match(/../g) ?? []).join(':')}`,
      };
      await run('ip', 'link', 'add', 'name', nic.name, 'type', 'veth', 'peer', 'name', nic.peer);
      await run('ip', 'link', 'set', nic.name, 'address', nic.macAddress);
      await run('ip', 'link', 'set', nic.peer, 'up');
      nics.push(nic.peer);
      return nic;
    },
    run,
    inside: (...argv) => run('ip', 'netns', 'exec', AMPHORA_NAMESPACE, ...argv),
    programsRun() {
      const count = programs;
      programs = 0;
      return count;
    },
    async close() {
      for (const nic of nics)
        await commands.run(['ip', 'link', 'delete', nic], { timeoutMs: TIMEOUT_MS, okCodes: [0, 1] });
      await commands.run(['ip', 'netns', 'delete', AMPHORA_NAMESPACE], {
        timeoutMs: TIMEOUT_MS,
        okCodes: [0, 1],
      });
      const leftovers = [
        INTERFACE_DIRECTORY,
        PLUGGED_INTERFACES,
        `${STATE_DIRECTORY}/nftables-vip.rules`,
        `${STATE_DIRECTORY}/dhcp`,
        path.dirname(ENI_DIRECTORY),
        '/run/network/ifstate',
      ];
      for (const leftover of leftovers) await files.remove(leftover);
    },
  };
}
