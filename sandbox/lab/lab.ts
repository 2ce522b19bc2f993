import { writeFile } from 'node:fs/promises';
import type { Argv, CommandResult, RunOptions } from '../../src/host/command.ts';
import { type LongRunning, startLongRunning } from '../programs/long-running.ts';
import { runProgram } from '../programs/programs.ts';
import {
  type LabNetwork,
  labNetworks,
  NETWORK_NAMES,
  type NetworkName,
  PREFIX_LENGTH,
  PREFIX_LENGTH_6,
  scopedName,
} from './lab-network.ts';
import { isPrivateWorld } from './private-namespaces.ts';

/** A machine of the lab. It is only a network namespace with one IPv4 and one IPv6 address. */
export interface LabHost {
  /** name of its network namespace */
  readonly name: string;
  readonly address: string;
  readonly address6: string;
  run(argv: Argv, options?: Partial<RunOptions>): Promise<CommandResult>;
}

/** A small HTTP server on port 80 that answers with its name. */
export interface Member extends LabHost {
  stop(): Promise<void>;
}

/**
 * The networks of amphorae, members and a client. The lab is the network namespace of the caller. It routes between the
 * networks, and plays the controller: its address on the management network is `controller`.
 */
export interface Lab {
  readonly number: number;
  readonly networks: Readonly<Record<NetworkName, LabNetwork>>;
  readonly controller: string;
  readonly client: LabHost;
  /** Starts a member on the member network. @param host host number of its address, 2 to 254 */
  startMember(name: string, host: number): Promise<Member>;
  /** Makes a veth pair: one end on a network's bridge, the far end in the network namespace of process `pid`. */
  connect(network: NetworkName, link: { far: string; pid: number; mac?: string }): Promise<void>;
  close(): Promise<void>;
}

export interface LabOptions {
  /** the program that has the hidden command `sandbox-member` */
  readonly agentCommand: Argv;
  /** number that distinguishes labs in the same private namespaces; default: 0 */
  readonly number?: number;
}

const CLIENT_HOST = 10;

/** Makes the bridges and the client. @throws Error outside of preparePrivateNamespaces(), to protect the host's network */
export async function createLab(options: LabOptions): Promise<Lab> {
  if (!(await isPrivateWorld())) throw new Error('a lab needs private namespaces');
  const number = options.number ?? 0;
  const networks = labNetworks(number);
  // otherwise two seconds of duplicate address detection delay the first IPv6 packet of each bridge
  await writeFile('/proc/sys/net/ipv6/conf/default/accept_dad', '0');
  await batch(NETWORK_NAMES.flatMap((name) => bridgeLines(networks[name])));
  await writeFile('/proc/sys/net/ipv4/ip_forward', '1');
  await writeFile('/proc/sys/net/ipv6/conf/all/forwarding', '1');
  const hosts: string[] = [];
  const members: LongRunning[] = [];
  const near: string[] = [];
  const nearName = (): string => {
    const name = scopedName(`lab${near.length + 1}`, number);
    near.push(name);
    return name;
  };
  const addHost = async (name: string, network: LabNetwork, host: number): Promise<LabHost> => {
    const added = await createHost(scopedName(name, number), network, host, nearName());
    hosts.push(added.name);
    return added;
  };
  return {
    number,
    networks,
    controller: networks.mgmt.gateway,
    client: await addHost('client', networks.client, CLIENT_HOST),
    async startMember(name, host) {
      const machine = await addHost(name, networks.member, host);
      const server = await startMemberServer(machine, options.agentCommand);
      members.push(server);
      return { ...machine, stop: () => server.stop() };
    },
    connect: (network, link) => connect(networks[network], nearName(), link),
    async close() {
      await Promise.all(members.map((member) => member.stop()));
      await removeLinks(near);
      for (const host of hosts) await runProgram(['ip', 'netns', 'del', host]);
      await batch(NETWORK_NAMES.map((name) => `link del ${networks[name].bridge}`));
    },
  };
}

/** Runs lines of `ip -batch`, which stops at the first line that fails. */
const batch = (lines: readonly string[]): Promise<CommandResult> =>
  runProgram(['ip', '-batch', '-'], { input: `${lines.join('\n')}\n` });

/**
 * Removes the veth pairs that still exist, by their ends in this namespace. The kernel removes the other end some time after
 * its namespace was deleted, and the next lab could not use the names until then.
 */
const removeLinks = (names: readonly string[]): Promise<CommandResult> =>
  runProgram(['ip', '-force', '-batch', '-'], {
    input: names.map((name) => `link del ${name}\n`).join(''),
    okCodes: [0, 1],
  });

const bridgeLines = (network: LabNetwork): string[] => [
  `link add ${network.bridge} type bridge`,
  `addr add ${network.gateway}/${PREFIX_LENGTH} dev ${network.bridge}`,
  `addr add ${network.gateway6}/${PREFIX_LENGTH_6} dev ${network.bridge} nodad`,
  `link set ${network.bridge} up`,
];

async function connect(
  network: LabNetwork,
  near: string,
  link: { far: string; pid: number; mac?: string },
): Promise<void> {
  const mac = link.mac === undefined ? '' : `address ${link.mac} `;
  await batch([
    `link add ${near} type veth peer name ${link.far} ${mac}netns ${link.pid}`,
    `link set ${near} master ${network.bridge} up`,
  ]);
}

async function createHost(name: string, network: LabNetwork, host: number, near: string): Promise<LabHost> {
  const run = (argv: Argv, options?: Partial<RunOptions>): Promise<CommandResult> =>
    runProgram(['ip', 'netns', 'exec', name, ...argv], options);
  await runProgram(['ip', 'netns', 'add', name]);
  await batch([
    `link add ${near} type veth peer name eth0 netns ${name}`,
    `link set ${near} master ${network.bridge} up`,
  ]);
  const lines = [
    'link set lo up',
    'link set eth0 up',
    `addr add ${network.host(host)}/${PREFIX_LENGTH} dev eth0`,
    `addr add ${network.host6(host)}/${PREFIX_LENGTH_6} dev eth0 nodad`,
    `route add default via ${network.gateway}`,
    `route add default via ${network.gateway6}`,
  ];
  await runProgram(['ip', '-n', name, '-batch', '-'], { input: `${lines.join('\n')}\n` });
  return { name, address: network.host(host), address6: network.host6(host), run };
}

async function startMemberServer(machine: LabHost, agentCommand: Argv): Promise<LongRunning> {
  const server = await startLongRunning([
    ...['ip', 'netns', 'exec', machine.name, ...agentCommand],
    ...['sandbox-member', '--name', machine.name],
  ] as const);
  await server.printed(/ready/);
  return server;
}
