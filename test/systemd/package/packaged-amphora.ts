import { execFileSync, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeAgentFiles } from '../../../sandbox/amphora/amphora-files.ts';
import { type Controller, createController } from '../../../sandbox/controller/controller.ts';
import type { Pki } from '../../../sandbox/controller/pki.ts';
import { loadBalancerId } from '../../../src/domain/ids.ts';
import { createPaths, haproxyService, PLUGGED_INTERFACES } from '../../../src/domain/paths.ts';
import { getInNamespace, haproxyConfig, until } from '../../support/amphora/amphora-services.ts';

/** An amphora whose agent was installed from a package, and the load balancer in it. */
export const AMPHORA = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';
export const LOAD_BALANCER = loadBalancerId('7f0c2a6e-3d55-4a43-8e0a-1d2f3b4c5d6e');
export const PORT = 8102;
const AGENT_PORT = 9443;
/** What the load balancer answers. */
export const PAGE = 'packaged';

export const paths = createPaths({
  basePath: '/var/lib/octavia',
  baseCertDir: '/var/lib/octavia/certs',
  agentServerNetworkDir: '/etc/octavia/interfaces',
});

export const run = (...[program, ...args]: [string, ...string[]]): string =>
  execFileSync(program, args).toString();
/** What systemctl says, whatever it ends with. */
export const told = (...args: string[]): string => spawnSync('systemctl', args).stdout.toString().trim();
export const shown = (unit: string, property: string): string =>
  told('show', '--value', `--property=${property}`, unit);
export const agentPid = (): string => shown('amphora-agent', 'MainPID');
export const haproxyPid = (): string => shown(haproxyService(LOAD_BALANCER), 'MainPID');

export async function startAsking(pki: Pki): Promise<Controller> {
  run('ip', 'link', 'set', 'lo', 'up');
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

export async function configure(pki: Pki): Promise<void> {
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
}

/** @param directory for the uploaded file */
export async function balance(controller: Controller, directory: string): Promise<void> {
  // as after the plug of an interface that this machine has lost since
  await writeFile(PLUGGED_INTERFACES, '');
  const file = path.join(directory, 'haproxy.cfg');
  await writeFile(file, haproxyConfig(paths.loadBalancer(LOAD_BALANCER).statsSocket, PAGE, [PORT]));
  const upload = `/1.0/loadbalancer/${AMPHORA}/${LOAD_BALANCER}/haproxy`;
  await controller.request({ method: 'PUT', path: upload, file });
  await controller.request({ method: 'PUT', path: `/1.0/loadbalancer/${LOAD_BALANCER}/start` });
  await until(() => getInNamespace(PORT) === PAGE);
}
