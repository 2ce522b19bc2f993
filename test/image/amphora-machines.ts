import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  AGENT_CONFIG_FILE,
  agentConfigText,
  CLIENT_CA_FILE,
  SERVER_CERTIFICATE_FILE,
  type Topology,
} from '../../sandbox/amphora/agent-config.ts';
import { type Controller, createController } from '../../sandbox/controller/controller.ts';
import { type HealthManager, startHealthManager } from '../../sandbox/controller/health-manager.ts';
import { createPki, issueServerCertificate, type Pki } from '../../sandbox/controller/pki.ts';
import { createLab, type Lab, type Member } from '../../sandbox/lab/lab.ts';
import type { NetworkName } from '../../sandbox/lab/lab-network.ts';
import { type LongRunning, startLongRunning, until } from '../../sandbox/programs/long-running.ts';
import { runProgram } from '../../sandbox/programs/programs.ts';
import { REPOSITORY } from '../repository.ts';
import { createConfigDrive } from './config-drive.ts';
import { startVirtualMachine, type VirtualMachine } from './virtual-machine.ts';

/** An amphora that was booted from the image. */
export interface AmphoraMachine extends Omit<VirtualMachine, 'plugNic'> {
  readonly id: string;
  /** its address on the management network */
  readonly address: string;
  readonly controller: Controller;
  /** @returns the MAC of a new interface, as nova plugs it */
  plugNic(network: NetworkName): Promise<string>;
  /** Runs a shell command in it as root, by ssh. @returns its standard output */
  shell(line: string): Promise<string>;
}

/** A lab whose amphorae are virtual machines. */
export interface ImageLab {
  readonly directory: string;
  readonly lab: Lab;
  readonly pki: Pki;
  readonly members: readonly Member[];
  readonly healthManager: HealthManager;
  /** Resolves as soon as QEMU runs. */
  boot(topology: Topology): Promise<AmphoraMachine>;
  close(): Promise<void>;
}

export const AGENT_PORT = 9443;
/** A shell command that prints the proportional share of memory of all processes of a service, in KiB. */
export const AGENT_MEMORY = (service: string): string =>
  `cat $(sed "s,.*,/proc/&/smaps_rollup," /sys/fs/cgroup/system.slice/${service}.service/cgroup.procs) | awk "/^Pss:/ { sum += \\$2 } END { print sum }"`;
const AGENT = [process.execPath, path.join(REPOSITORY, 'src/main.ts')] as const;
const FIRST_MEMBER_HOST = 21;
const FIRST_MANAGEMENT_HOST = 11;
const SSH_MS = 60_000;
/** The element amphora-agent puts the key there. An emulated machine is slow, so an upgrade has more time than by default. */
const WITH_UPGRADES = 'upgrade_deadline = 600\n';

/** @param disk the image */
export async function createImageLab(disk: string): Promise<ImageLab> {
  const directory = await mkdtemp(path.join(tmpdir(), 'image-lab-'));
  const heartbeatKey = randomBytes(16).toString('hex');
  const pki = await createPki(directory);
  const lab = await createLab({ agentCommand: AGENT });
  const healthManager = await startHealthManager(lab.controller, heartbeatKey);
  const members = [
    await lab.startMember('member1', FIRST_MEMBER_HOST),
    await lab.startMember('member2', FIRST_MEMBER_HOST + 1),
  ];
  const dhcp = await startDhcpServer(lab, directory);
  const key = path.join(directory, 'ssh-key');
  await runProgram(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const surroundings = { directory, disk, pki, lab, healthManager, heartbeatKey, key };
  const booted: AmphoraMachine[] = [];
  return {
    directory,
    lab,
    pki,
    members,
    healthManager,
    async boot(topology) {
      const amphora = await bootAmphora(surroundings, booted.length, topology);
      booted.push(amphora);
      return amphora;
    },
    async close() {
      for (const { controller, close } of booted) {
        controller.close();
        await close();
      }
      await dhcp.stop();
      await healthManager.close();
      await lab.close();
      await rm(directory, { recursive: true });
    },
  };
}

/** The parts that the amphorae of a lab share. */
interface Surroundings extends Pick<ImageLab, 'directory' | 'lab' | 'pki' | 'healthManager'> {
  readonly disk: string;
  readonly heartbeatKey: string;
  /** path of the private key for ssh */
  readonly key: string;
}

/** Does the work of nova and the controller. @param number the number of this lab's earlier amphorae */
async function bootAmphora(
  surroundings: Surroundings,
  number: number,
  topology: Topology,
): Promise<AmphoraMachine> {
  const { directory, disk, lab, pki, key } = surroundings;
  const id = randomUUID();
  const address = lab.networks.mgmt.host(FIRST_MANAGEMENT_HOST + number);
  const macAddress = managementMac(number);
  const configDrive = await createConfigDrive(path.join(directory, id), {
    id,
    macAddress,
    publicKey: (await readFile(`${key}.pub`, 'utf8')).trim(),
    files: [
      { path: AGENT_CONFIG_FILE, content: configText(surroundings, id, topology) },
      { path: SERVER_CERTIFICATE_FILE, content: await readFile(await issueServerCertificate(pki, id, [])) },
      { path: CLIENT_CA_FILE, content: await readFile(pki.clientAuthority.certificate) },
    ],
  });
  const name = `vm${number}`;
  const { bridge } = lab.networks.mgmt;
  const machine = await startVirtualMachine({ name, directory, disk, configDrive, bridge, macAddress });
  let nics = 0;
  return {
    ...machine,
    id,
    address,
    controller: await createController({ host: address, port: AGENT_PORT, serverName: id }, pki),
    async plugNic(network) {
      const mac = `fa:16:3e:00:0${number + 1}:0${++nics}`;
      await machine.plugNic(lab.networks[network].bridge, mac);
      return mac;
    },
    shell: (line) => overSsh(key, address, line),
  };
}

function configText(
  { lab, healthManager, heartbeatKey }: Surroundings,
  amphoraId: string,
  topology: Topology,
): string {
  const healthManagers = [`${lab.controller}:${healthManager.port}`];
  const health = { healthManagers, heartbeatKey, heartbeatInterval: 1 };
  const text = agentConfigText({ amphoraId, topology, bindHost: '::', bindPort: AGENT_PORT, ...health });
  return text.replace(/^\[amphora_agent\]\n/m, `[amphora_agent]\n${WITH_UPGRADES}`);
}

const managementMac = (number: number): string => `fa:16:3e:ff:00:0${number}`;

/** Does Neutron's part: each amphora has its own address on the management network. */
function startDhcpServer({ networks: { mgmt } }: Lab, directory: string): Promise<LongRunning> {
  const leases = [0, 1, 2, 3].map(
    (number) => `--dhcp-host=${managementMac(number)},${mgmt.host(FIRST_MANAGEMENT_HOST + number)}`,
  );
  return startLongRunning([
    ...(['dnsmasq', '--keep-in-foreground', '--conf-file=/dev/null', '--user=root', '--port=0'] as const),
    ...['--bind-interfaces', `--interface=${mgmt.bridge}`, '--no-ping', `--pid-file=${directory}/dhcp.pid`],
    ...[`--dhcp-leasefile=${directory}/leases`, `--dhcp-range=${mgmt.host(0)},static`, ...leases],
  ]);
}

async function overSsh(key: string, address: string, line: string): Promise<string> {
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'];
  const flags = ['-i', key, ...options.flatMap((option) => ['-o', option])];
  const remote = [`debian@${address}`, 'sudo', 'sh', '-c', `'${line.replaceAll("'", `'\\''`)}'`];
  let said = '';
  await until(
    async () => {
      const okCodes = Array.from({ length: 256 }, (_, code) => code);
      const result = await runProgram(['ssh', ...flags, ...remote], { timeoutMs: SSH_MS, okCodes });
      said = result.stdout.trim();
      return result.exitCode !== SSH_FAILED;
    },
    SSH_MS,
    `ssh to ${address}`,
  );
  return said;
}

/** The exit code of ssh(1) itself when it gets no connection. */
const SSH_FAILED = 255;
