import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { writeAgentFiles } from '../../../sandbox/amphora/amphora-files.ts';
import { type Controller, createController } from '../../../sandbox/controller/controller.ts';
import { createPki, type Pki } from '../../../sandbox/controller/pki.ts';
import { loadBalancerId } from '../../../src/domain/ids.ts';
import { createPaths, haproxyService, PLUGGED_INTERFACES } from '../../../src/domain/paths.ts';
import { getInNamespace, haproxyConfig, until } from '../../support/amphora/amphora-services.ts';

/** One amphora whose agent comes from the package, and its load balancer. */

export const AMPHORA = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';
export const LOAD_BALANCER = loadBalancerId('7f0c2a6e-3d55-4a43-8e0a-1d2f3b4c5d6e');
export const HAPROXY = haproxyService(LOAD_BALANCER);
export const PORT = 8102;
const AGENT_PORT = 9443;
/** The answer of the load balancer. */
export const PAGE = 'packaged';

export const paths = createPaths({
  basePath: '/var/lib/octavia',
  baseCertDir: '/var/lib/octavia/certs',
  agentServerNetworkDir: '/etc/octavia/interfaces',
});

/** What systemctl prints, whatever it ends with. */
export const systemctl = (...args: string[]): string => spawnSync('systemctl', args).stdout.toString().trim();

export const run = (...[program, ...args]: [string, ...string[]]): string =>
  execFileSync(program, args).toString();
export const shown = (unit: string, property: string): string =>
  systemctl('show', '--value', `--property=${property}`, unit);
export const agentPid = (): string => shown('amphora-agent', 'MainPID');
export const haproxyPid = (): string => shown(HAPROXY, 'MainPID');

/** The authorities of an amphora, made in an empty directory or found there after a reboot. */
export async function keptPki(directory: string): Promise<Pki> {
  if (!existsSync(`${directory}/client.pem`)) return createPki(directory);
  return {
    directory,
    serverAuthority: { certificate: `${directory}/server-ca.pem`, key: `${directory}/server-ca-key.pem` },
    clientAuthority: { certificate: `${directory}/client-ca.pem`, key: `${directory}/client-ca-key.pem` },
    client: `${directory}/client.pem`,
  };
}

export async function startAsking(pki: Pki): Promise<Controller> {
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  return createController({ host: '127.0.0.1', port: AGENT_PORT, serverName: AMPHORA }, pki);
}

/** @returns the status of GET /info, once there is one */
export async function info(controller: Controller): Promise<number> {
  let status = 0;
  await until(async () => {
    const answer = await controller.request({ method: 'GET', path: '/1.0/info' }).catch(() => undefined);
    status = answer?.status ?? 0;
    return status !== 0;
  });
  return status;
}

/** Writes what a controller gives a new amphora. @param change of the configuration's text */
export async function configure(pki: Pki, change = (text: string): string => text): Promise<void> {
  await writeAgentFiles(
    { file: (name) => name },
    {
      id: AMPHORA,
      topology: 'ACTIVE_STANDBY',
      pki,
      programs: { agent: ['amphora-agent'], commands: '/usr/bin' },
      heartbeatKey: 'package-heartbeat-key',
      heartbeatInterval: 1,
      managementHost: 0,
      healthManagerPort: 5555,
      lab: { controller: '127.0.0.1' },
      address: '127.0.0.1',
      port: AGENT_PORT,
    },
  );
  await writeFile(AGENT_CONFIG_FILE, change(await readFile(AGENT_CONFIG_FILE, 'utf8')));
}

/** @returns the status of the answer to the upload of a file */
export async function upload(controller: Controller, target: string, file: string): Promise<number> {
  return (await controller.request({ method: 'PUT', path: target, file })).status;
}

/** Uploads a load balancer that answers with a text. @param directory for the file that is sent */
export async function uploadHaproxy(
  controller: Controller,
  directory: string,
  change = (text: string): string => text,
): Promise<void> {
  // as after the plug of an interface that this machine has lost since
  await writeFile(PLUGGED_INTERFACES, '');
  const file = path.join(directory, 'haproxy.cfg');
  const text = haproxyConfig(paths.loadBalancer(LOAD_BALANCER).statsSocket, PAGE, [PORT]);
  await writeFile(file, change(text));
  await upload(controller, `/1.0/loadbalancer/${AMPHORA}/${LOAD_BALANCER}/haproxy`, file);
}

/** @returns the status of the answer */
export const startHaproxy = async (controller: Controller): Promise<number> =>
  (await controller.request({ method: 'PUT', path: `/1.0/loadbalancer/${LOAD_BALANCER}/start` })).status;

/** Waits until the load balancer answers. @returns its answer */
export async function served(): Promise<string | undefined> {
  await until(() => getInNamespace(PORT) === PAGE);
  return getInNamespace(PORT);
}

/** Uploads the load balancer and starts it. @param directory for the file that is sent */
export async function balance(controller: Controller, directory: string): Promise<void> {
  await uploadHaproxy(controller, directory);
  await startHaproxy(controller);
  await served();
}

const WANTED = ['multi-user', 'paths', 'sockets'].map((name) => `/etc/systemd/system/${name}.target.wants`);
const OWN_UNIT = /^(amphora-|haproxy-|octavia-|prometheus-proxy)/;

/** As a boot starts what is enabled: the boot of this container ends before multi-user.target. */
export function startEnabled(): void {
  const units = WANTED.filter((directory) => existsSync(directory))
    .flatMap((directory) => readdirSync(directory))
    .filter((name) => OWN_UNIT.test(name));
  // a unit that is gone is passed over, as at a boot
  systemctl('start', '--no-block', ...units);
}

/** Ends this boot, and the scenario begins again with the next one. */
export function reboot(): Promise<never> {
  execFileSync('sync');
  execFileSync('systemctl', ['reboot', '--force', '--force']);
  return new Promise<never>(() => undefined);
}
