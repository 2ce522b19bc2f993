import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { USER_GROUP_CONFIG } from '../../src/domain/paths.ts';
import type { Argv } from '../../src/host/command.ts';
import { shellWord } from '../controller/controller.ts';
import { issueServerCertificate, type Pki } from '../controller/pki.ts';
import type { Box } from '../lab/box.ts';
import type { Lab } from '../lab/lab.ts';
import {
  AGENT_CONFIG_FILE,
  agentConfigText,
  CLIENT_CA_FILE,
  SERVER_CERTIFICATE_FILE,
  type Topology,
} from './agent-config.ts';

/** The programs of the agent that the sandbox runs. */
export interface AgentPrograms {
  /** command of `amphora-agent`, without arguments */
  readonly agent: Argv;
  /** folder of haproxy-vrrp-check and amphora-health-checker, which are separate programs */
  readonly commands: string;
}

export interface AmphoraOptions {
  readonly id: string;
  readonly topology: Topology;
  readonly pki: Pki;
  readonly programs: AgentPrograms;
  readonly heartbeatKey: string;
  /** interval in seconds */
  readonly heartbeatInterval: number;
  /** host number on the management network, 2 to 254 */
  readonly managementHost: number;
  /** UDP port of the health manager at the lab's controller address */
  readonly healthManagerPort: number;
  readonly onAgentOutput?: (text: string) => void;
}

/** The options of a new amphora, with its place in the lab. */
export interface AmphoraBirth extends AmphoraOptions {
  readonly lab: Pick<Lab, 'controller'>;
  readonly address: string;
  readonly port: number;
}

/** The folder of this project's programs, the first one in the PATH of all programs inside. */
export const PROGRAM_DIRECTORY = '/run/amphora/bin';

/** Puts the programs into the PATH of the box, as an image does. */
export async function writePrograms(box: Pick<Box, 'file'>, programs: AgentPrograms): Promise<void> {
  const directory = box.file(PROGRAM_DIRECTORY);
  await mkdir(directory, { recursive: true });
  const agent = programs.agent.map(shellWord).join(' ');
  const script = async (name: string, command: string): Promise<void> => {
    await writeFile(path.join(directory, name), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  };
  await script('amphora-agent', agent);
  await script('amphora-interface', `${agent} interface`);
  await script('prometheus-proxy', `${agent} prometheus-proxy`);
  for (const name of ['haproxy-vrrp-check', 'amphora-health-checker']) {
    await copyFile(path.join(programs.commands, name), path.join(directory, name));
    await chmod(path.join(directory, name), 0o755);
  }
}

/** Writes the files that an image contains and the files that the controller puts on the config drive. */
export async function writeAgentFiles(box: Pick<Box, 'file'>, options: AmphoraBirth): Promise<void> {
  await mkdir(box.file(path.dirname(CLIENT_CA_FILE)), { recursive: true });
  await copyFile(options.pki.clientAuthority.certificate, box.file(CLIENT_CA_FILE));
  const certificate = await issueServerCertificate(options.pki, options.id, [
    options.address,
    '127.0.0.1',
    '::1',
  ]);
  await copyFile(certificate, box.file(SERVER_CERTIFICATE_FILE));
  const config = agentConfigText({
    amphoraId: options.id,
    topology: options.topology,
    bindHost: '::',
    bindPort: options.port,
    healthManagers: [`${options.lab.controller}:${options.healthManagerPort}`],
    heartbeatKey: options.heartbeatKey,
    heartbeatInterval: options.heartbeatInterval,
  });
  await writeFile(box.file(AGENT_CONFIG_FILE), config, { mode: 0o600 });
  await writeFile(box.file(USER_GROUP_CONFIG), 'global\n    group nogroup\n');
  // keepalived moves the VIP between amphorae, so haproxy must be able to bind the VIP while another amphora has it
  const sysctls = 'net.ipv4.ip_nonlocal_bind = 1\nnet.ipv6.ip_nonlocal_bind = 1\n';
  await writeFile(box.file('/etc/sysctl.d/60-amphora.conf'), sysctls);
}
