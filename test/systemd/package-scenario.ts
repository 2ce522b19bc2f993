import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createPaths, haproxyService, KEEPALIVED_SERVICE } from '../../src/domain/paths.ts';
import { createCommandRunner } from '../../src/host/command.ts';
import { buildDebianPackage } from '../../src/packaging/debian-package.ts';
import { AGENT_CONFIG_FILE } from '../../src/sandbox/agent-config.ts';
import { writeAgentFiles } from '../../src/sandbox/amphora-files.ts';
import { type Controller, createController } from '../../src/sandbox/controller.ts';
import { createPki, type Pki } from '../../src/sandbox/pki.ts';
import { AMPHORA_COMMANDS } from '../../src/sandbox/private-namespaces.ts';
import {
  getInNamespace,
  haproxyConfig,
  IN_NAMESPACE,
  makeInterface,
  until,
} from '../support/amphora-services.ts';
import { checkOutcome, configWithCheck } from './check-outcome.ts';
import type { PackageFindings } from './package-findings.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** outlives a reboot of the container */
const KEPT = '/var/lib/package-scenario';
const AMPHORA = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';
const ID = '7f0c2a6e-3d55-4a43-8e0a-1d2f3b4c5d6e';
const PORT = 8102;
const AGENT_PORT = 9443;
/** The kernel refuses SCTP on 127.0.0.1: 1 is the answer of a program that was found. */
const SCTP_CHECK = 'amphora-health-checker sctp -t 1 127.0.0.1 5000';
const UNITS = [
  'amphora-agent.path',
  'amphora-agent.service',
  'amphora-netns.service',
  'prometheus-proxy.socket',
];
const NEVER = new Promise<never>(() => undefined);

const run = (...[program, ...args]: [string, ...string[]]): string => execFileSync(program, args).toString();
/** What systemctl says, whatever it ends with. */
const told = (...args: string[]): string => spawnSync('systemctl', args).stdout.toString().trim();
const shown = (unit: string, property: string): string =>
  told('show', '--value', `--property=${property}`, unit);

const paths = createPaths({
  basePath: '/var/lib/octavia',
  baseCertDir: '/var/lib/octavia/certs',
  agentServerNetworkDir: '/etc/octavia/interfaces',
});

async function startAsking(pki: Pki): Promise<Controller> {
  run('ip', 'link', 'set', 'lo', 'up');
  return createController({ host: '127.0.0.1', port: AGENT_PORT, serverName: AMPHORA }, pki);
}

/** @returns the status of GET /info, once there is one */
async function info(controller: Controller): Promise<number> {
  let status = 0;
  await until(async () => {
    const answer = await controller.request({ method: 'GET', path: '/1.0/info' }).catch(() => undefined);
    status = answer?.status ?? 0;
    return status !== 0;
  });
  return status;
}

/** This machine may have Debian's own agent, which an amphora with ours does not. */
async function install(): Promise<void> {
  for (const command of AMPHORA_COMMANDS) await rm(path.join('/usr/bin', command), { force: true });
  const file = await buildDebianPackage(createCommandRunner(), {
    root: ROOT,
    version: '1.2.3',
    processor: process.arch === 'arm64' ? 'arm64' : 'x64',
    time: 1_700_000_000,
    compression: 'none',
    directory: KEPT,
  });
  run('dpkg', '--force-depends,conflicts,overwrite', '--install', file);
}

async function configure(pki: Pki): Promise<void> {
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

async function balance(controller: Controller): Promise<void> {
  const file = path.join(KEPT, 'haproxy.cfg');
  await writeFile(file, haproxyConfig(paths.loadBalancer(ID).statsSocket, 'packaged', [PORT]));
  const upload = `/1.0/loadbalancer/${AMPHORA}/${ID}/haproxy`;
  await controller.request({ method: 'PUT', path: upload, file });
  await controller.request({ method: 'PUT', path: `/1.0/loadbalancer/${ID}/start` });
  await until(() => getInNamespace(PORT) === 'packaged');
}

/** keepalived with checks that the agent writes, that Octavia's agent left, and that controllers write. */
async function guard(controller: Controller): Promise<PackageFindings['checks']> {
  makeInterface();
  const file = path.join(KEPT, 'keepalived.conf');
  await writeFile(file, configWithCheck(paths.vrrp.checkScript));
  await controller.request({ method: 'PUT', path: '/1.0/vrrp/upload', file });
  const statusOnly = ['--silent', '--output', '/dev/null', '--write-out', '%{http_code}'];
  const left = path.join(KEPT, 'left_check.sh');
  await writeFile(left, `#!/bin/bash\nhaproxy-vrrp-check ${paths.loadBalancer(ID).statsSocket}; exit $?\n`, {
    mode: 0o755,
  });
  return {
    own: await checkOutcome(paths.vrrp.config, paths.vrrp.checkScript),
    left: await checkOutcome(paths.vrrp.config, left),
    sctp: await checkOutcome(paths.vrrp.config, SCTP_CHECK),
    pings: run('nsenter', ...IN_NAMESPACE, 'sysctl', '--values', 'net.ipv4.ping_group_range').trim(),
    metrics: run('nsenter', ...IN_NAMESPACE, 'curl', ...statusOnly, 'http://127.0.0.1:9102/metrics'),
  };
}

/** Exit code of a check in the environment that the unit of keepalived has. */
function checkStatus(check: string): number | null {
  const [program = '', ...args] = check.split(' ');
  const environment = shown(KEEPALIVED_SERVICE, 'Environment');
  return spawnSync('env', ['-i', environment, program, ...args]).status;
}

async function restart(controller: Controller): Promise<PackageFindings['restarted']> {
  const haproxy = shown(haproxyService(ID), 'MainPID');
  run('systemctl', 'restart', 'amphora-agent');
  await info(controller);
  process.kill(Number(shown('amphora-agent', 'MainPID')), 'SIGKILL');
  await until(() => shown('amphora-agent', 'NRestarts') === '1');
  return {
    info: await info(controller),
    restarts: shown('amphora-agent', 'NRestarts'),
    served: getInNamespace(PORT),
    sameHaproxy: shown(haproxyService(ID), 'MainPID') === haproxy,
  };
}

async function beforeReboot(): Promise<never> {
  await mkdir(KEPT);
  const pki = await createPki(KEPT);
  await install();
  const before = shown('amphora-agent', 'ActiveState');
  await configure(pki);
  const controller = await startAsking(pki);
  const installed = {
    enabled: UNITS.map((unit) => told('is-enabled', unit)),
    before,
    info: await info(controller),
    files: run('dpkg', '--verify', 'amphora-agent'),
  };
  await balance(controller);
  const checks = await guard(controller);
  const restarted = await restart(controller);
  await writeFile(path.join(KEPT, 'found.json'), JSON.stringify({ installed, checks, restarted }));
  run('sync');
  run('systemctl', 'reboot', '--force', '--force');
  return NEVER;
}

async function afterReboot(): Promise<PackageFindings> {
  const { installed, checks, restarted } = JSON.parse(await readFile(path.join(KEPT, 'found.json'), 'utf8'));
  const controller = await startAsking({
    directory: KEPT,
    serverAuthority: { certificate: `${KEPT}/server-ca.pem`, key: `${KEPT}/server-ca-key.pem` },
    clientAuthority: { certificate: `${KEPT}/client-ca.pem`, key: `${KEPT}/client-ca-key.pem` },
    client: `${KEPT}/client.pem`,
  });
  run('systemctl', 'start', '--no-block', ...UNITS, haproxyService(ID));
  const status = await info(controller);
  await until(() => getInNamespace(PORT) === 'packaged');
  const rebooted = {
    info: status,
    served: getInNamespace(PORT),
    restarts: shown('amphora-agent', 'NRestarts'),
  };
  const order = {
    namespaceWasMade: shown('amphora-netns-add', 'ExecMainExitTimestampMonotonic') !== '0',
    agentComesAfter: shown('amphora-agent', 'After').split(' '),
  };
  run('dpkg', '--force-depends', '--remove', 'amphora-agent');
  const removed = {
    served: getInNamespace(PORT),
    agent: shown('amphora-agent', 'ActiveState'),
    checks: [paths.vrrp.checkScript, SCTP_CHECK].map(checkStatus),
  };
  return { installed, checks, restarted, order, rebooted, removed };
}

const found = existsSync(KEPT) ? await afterReboot() : await beforeReboot();
if (!existsSync(AGENT_CONFIG_FILE)) throw new Error('the configuration went with the package');
await writeFile(process.argv[2] ?? '', JSON.stringify(found));
process.exit(0);
