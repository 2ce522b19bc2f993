import { execFileSync, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, rename, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PROGRAM_DIRECTORY, writeAgentFiles, writePrograms } from '../../../sandbox/amphora/amphora-files.ts';
import { type Controller, createController } from '../../../sandbox/controller/controller.ts';
import { createPki } from '../../../sandbox/controller/pki.ts';
import { createLab, type Lab, type LabHost } from '../../../sandbox/lab/lab.ts';
import type { LabNetwork, NetworkName } from '../../../sandbox/lab/lab-network.ts';
import { PRIVATE_WORLD_MARKER } from '../../../sandbox/lab/private-namespaces.ts';
import { answers } from '../../../sandbox/programs/listening.ts';
import { REPOSITORY } from '../../repository.ts';
import { until } from '../../support/amphora/amphora-services.ts';
import { type OctaviaDriver, startOctaviaDriver } from '../../support/amphora/octavia-driver.ts';
import { type HeartbeatReceiver, openHeartbeatReceiver } from '../../support/heartbeat/heartbeat-receiver.ts';

/** The agent whose unit and programs are used. */
export type AgentUnit = 'octavia-agent' | 'amphora-agent';

/** This machine as an amphora under systemd, on which one of the two agents runs, with a lab around it. */
export interface AmphoraMachine {
  readonly lab: Lab;
  readonly members: readonly LabHost[];
  /** receives the heartbeats, which are signed with the key */
  readonly receiver: HeartbeatReceiver;
  readonly heartbeatKey: string;
  readonly id: string;
  readonly driver: OctaviaDriver;
  /** for requests that the driver never sends */
  readonly controller: Controller;
  /** Puts the agent's programs into the PATH and starts it as an operator would; resolves when it listens. */
  start(unit: AgentUnit): Promise<void>;
  stop(unit: AgentUnit): void;
  /** @returns the MAC of a new interface, down and without an address */
  plugNic(network: NetworkName): Promise<string>;
  /** Starts a DHCP server on the network `client`, with leases of two minutes and no default route. */
  startDhcpServer(): void;
}

const PORT = 9443;
const ADDRESS = '127.0.0.1';
/** the directory in which Debian has the programs of its agent, and images have ours */
const BIN = '/usr/bin';
const PROGRAMS = ['amphora-agent', 'amphora-interface', 'haproxy-vrrp-check'];
const FIRST_MEMBER_HOST = 21;

/**
 * @param from where our agent comes from: `sources`, whose programs start() and stop() exchange for Debian's as docs/takeover.md
 * describes, or `package`, which the scenario installs itself
 */
export async function createAmphoraMachine(
  topology: 'SINGLE' | 'ACTIVE_STANDBY',
  from: 'sources' | 'package' = 'sources',
): Promise<AmphoraMachine> {
  const programs = {
    agent: [process.execPath, path.join(REPOSITORY, 'src/main.ts')],
    commands: path.join(REPOSITORY, 'src/bin'),
  } as const;
  await writeFile(PRIVATE_WORLD_MARKER, '');
  const lab = await createLab({ agentCommand: programs.agent });
  const members = [
    await lab.startMember('member1', FIRST_MEMBER_HOST),
    await lab.startMember('member2', FIRST_MEMBER_HOST + 1),
  ];
  const pki = await createPki(await mkdtemp('/run/pki-'));
  const heartbeatKey = randomBytes(16).toString('hex');
  const receiver = await openHeartbeatReceiver(ADDRESS);
  const id = randomUUID();
  const here = { file: (name: string) => name };
  await writeAgentFiles(here, {
    id,
    topology,
    pki,
    programs,
    heartbeatKey,
    heartbeatInterval: 1,
    managementHost: 0,
    healthManagerPort: receiver.address.port,
    lab: { controller: ADDRESS },
    address: ADDRESS,
    port: PORT,
  });
  await mkdir('/var/log/octavia', { recursive: true });
  if (from === 'sources') {
    await writePrograms(here, programs);
    await writeUnits();
  }
  let nics = 0;
  return {
    lab,
    members,
    receiver,
    heartbeatKey,
    id,
    controller: await createController({ host: ADDRESS, port: PORT, serverName: id }, pki),
    driver: startOctaviaDriver({ id, address: ADDRESS, port: PORT }, pki),
    async start(unit) {
      if (from === 'sources') for (const name of PROGRAMS) await choose(name, unit);
      systemctl('start', unit);
      await until(() => answers(ADDRESS, PORT));
    },
    stop: (unit) => systemctl('stop', unit),
    async plugNic(network) {
      const mac = `fa:16:3e:00:00:0${++nics}`;
      await lab.connect(network, { far: `nic${nics}`, pid: process.pid, mac });
      return mac;
    },
    startDhcpServer: () => startDhcpServer(lab.networks.client),
  };
}

/** Writes our unit as images have it. Debian's agent keeps its own unit. */
async function writeUnits(): Promise<void> {
  const unit = 'amphora-agent.service';
  await copyFile(path.join(REPOSITORY, 'systemd', unit), path.join('/etc/systemd/system', unit));
  for (const name of PROGRAMS) await rename(path.join(BIN, name), path.join(BIN, `${name}.debian`));
  execFileSync('systemctl', ['daemon-reload']);
}

/** Makes a program's name in the PATH refer to one agent's program, in one step. */
async function choose(name: string, unit: AgentUnit): Promise<void> {
  const link = path.join(BIN, `${name}.new`);
  await symlink(unit === 'octavia-agent' ? `${name}.debian` : path.join(PROGRAM_DIRECTORY, name), link);
  await rename(link, path.join(BIN, name));
}

function startDhcpServer(network: LabNetwork): void {
  const range = `${network.host(100)},${network.host(110)},2m`;
  spawn('dnsmasq', [
    ...['--keep-in-foreground', '--conf-file=/dev/null', '--user=root', '--port=0', '--bind-interfaces'],
    ...[`--interface=${network.bridge}`, `--dhcp-range=${range}`, '--dhcp-option=3', '--no-ping'],
    ...['--pid-file=/run/dhcp-server.pid', '--dhcp-leasefile=/run/dhcp-server.leases'],
  ]);
}

function systemctl(action: 'start' | 'stop', unit: AgentUnit): void {
  execFileSync('systemctl', [action, unit]);
}
