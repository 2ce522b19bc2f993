import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { writeAgentFiles } from '../../../sandbox/amphora/amphora-files.ts';
import { type Controller, createController } from '../../../sandbox/controller/controller.ts';
import { createPki, type Pki } from '../../../sandbox/controller/pki.ts';
import { loadBalancerId } from '../../../src/domain/ids.ts';
import {
  createPaths,
  haproxyService,
  KEEPALIVED_SERVICE,
  PLUGGED_INTERFACES,
} from '../../../src/domain/paths.ts';
import {
  getInNamespace,
  haproxyConfig,
  IN_NAMESPACE,
  makeInterface,
  until,
} from '../../support/amphora/amphora-services.ts';
import {
  apt,
  buildPackage,
  dpkgAudit,
  packageState,
  repackage,
  standInForKmod,
} from '../installed-package.ts';
import { type RunningTraffic, startTraffic } from '../traffic-counter.ts';
import { checkOutcome, configWithCheck } from './check-outcome.ts';
import type { PackageFindings } from './package-findings.ts';

/** a directory that survives a reboot of the container */
const KEPT = '/var/lib/package-scenario';
const FOUND = path.join(KEPT, 'found.json');
const AMPHORA = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';
const ID = loadBalancerId('7f0c2a6e-3d55-4a43-8e0a-1d2f3b4c5d6e');
const PORT = 8102;
const AGENT_PORT = 9443;
/** The kernel refuses SCTP on 127.0.0.1: exit code 1 shows that the program was found. */
const SCTP_CHECK = 'amphora-health-checker sctp -t 1 127.0.0.1 5000';
const UNITS = [
  'amphora-agent.path',
  'amphora-agent.service',
  'amphora-netns.service',
  'prometheus-proxy.socket',
];
const FOREIGN_UNITS = ['haproxy.service', 'keepalived.service'];
const NEVER = new Promise<never>(() => undefined);

const run = (...[program, ...args]: [string, ...string[]]): string => execFileSync(program, args).toString();
/** Returns the output of systemctl for any exit code. */
const told = (...args: string[]): string => spawnSync('systemctl', args).stdout.toString().trim();
const shown = (unit: string, property: string): string =>
  told('show', '--value', `--property=${property}`, unit);
const agentPid = (): string => shown('amphora-agent', 'MainPID');
const haproxyPid = (): string => shown(haproxyService(ID), 'MainPID');

const paths = createPaths({
  basePath: '/var/lib/octavia',
  baseCertDir: '/var/lib/octavia/certs',
  agentServerNetworkDir: '/etc/octavia/interfaces',
});

async function startAsking(pki: Pki): Promise<Controller> {
  run('ip', 'link', 'set', 'lo', 'up');
  return createController({ host: '127.0.0.1', port: AGENT_PORT, serverName: AMPHORA }, pki);
}

/** @returns the status of GET /info as soon as there is one */
async function info(controller: Controller): Promise<number> {
  let status = 0;
  await until(async () => {
    const answer = await controller.request({ method: 'GET', path: '/1.0/info' }).catch(() => undefined);
    status = answer?.status ?? 0;
    return status !== 0;
  });
  return status;
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
  // as after the plug of an interface that the machine has lost since
  await writeFile(PLUGGED_INTERFACES, '');
  const file = path.join(KEPT, 'haproxy.cfg');
  await writeFile(file, haproxyConfig(paths.loadBalancer(ID).statsSocket, 'packaged', [PORT]));
  const upload = `/1.0/loadbalancer/${AMPHORA}/${ID}/haproxy`;
  await controller.request({ method: 'PUT', path: upload, file });
  await controller.request({ method: 'PUT', path: `/1.0/loadbalancer/${ID}/start` });
  await until(() => getInNamespace(PORT) === 'packaged');
}

/** Runs keepalived with the checks that the agent writes, that Octavia's agent left, and that controllers write. */
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

/** Returns the exit code of a check in the environment of the keepalived unit. */
function checkStatus(check: string): number | null {
  const [program = '', ...args] = check.split(' ');
  const [environment = ''] = shown(KEEPALIVED_SERVICE, 'Environment').split(' ');
  return spawnSync('env', ['-i', environment, program, ...args]).status;
}

/** Installs with --no-install-recommends, on a machine without any recommended package. */
async function install(
  file: string,
  pki: Pki,
  controller: Controller,
): Promise<PackageFindings['installed']> {
  await standInForKmod(KEPT);
  apt(['purge', 'logrotate', 'rsyslog', 'ipvsadm']);
  const { code, said } = apt(['install', '--no-install-recommends', file]);
  const before = shown('amphora-agent', 'ActiveState');
  await configure(pki);
  return {
    code,
    said,
    enabled: UNITS.map((unit) => told('is-enabled', unit)),
    foreign: FOREIGN_UNITS.map((unit) => told('is-enabled', unit)),
    before,
    info: await info(controller),
    files: run('dpkg', '--verify', 'amphora-agent'),
    version: run('amphora-agent', '--version').trim(),
  };
}

async function restart(controller: Controller): Promise<PackageFindings['restarted']> {
  const haproxy = haproxyPid();
  run('systemctl', 'restart', 'amphora-agent');
  await info(controller);
  process.kill(Number(agentPid()), 'SIGKILL');
  await until(() => shown('amphora-agent', 'NRestarts') === '1');
  return {
    info: await info(controller),
    restarts: shown('amphora-agent', 'NRestarts'),
    served: getInNamespace(PORT),
    sameHaproxy: haproxyPid() === haproxy,
  };
}

/** Changes the package and finds out whether the agent is another process afterwards. */
async function changed(
  words: readonly string[],
  controller: Controller,
  traffic: RunningTraffic,
): Promise<PackageFindings['upgraded']> {
  const before = agentPid();
  const { code, said } = apt(words);
  await traffic.next(10);
  return { code, said, info: await info(controller), otherAgent: agentPid() !== before, audit: dpkgAudit() };
}

async function beforeReboot(): Promise<never> {
  await mkdir(KEPT);
  const pki = await createPki(KEPT);
  const controller = await startAsking(pki);
  const file = await buildPackage(KEPT, '1.2.3');
  const newer = await repackage(file, '1.2.4');
  const installed = await install(file, pki, controller);
  await balance(controller);
  const checks = await guard(controller);
  const restarted = await restart(controller);
  const traffic = await startTraffic(`http://127.0.0.1:${PORT}/`, 'namespace');
  const upgraded = await changed(['install', newer], controller, traffic);
  const downgraded = await changed(['install', '--allow-downgrades', file], controller, traffic);
  const goodConfig = await readFile(AGENT_CONFIG_FILE, 'utf8');
  await writeFile(AGENT_CONFIG_FILE, goodConfig.replace(/^bind_port.*$/m, 'bind_port = none'));
  const broken = await changed(['install', newer], controller, traffic);
  await writeFile(AGENT_CONFIG_FILE, goodConfig);
  const haproxy = haproxyPid();
  const removal = apt(['remove', 'amphora-agent']);
  await traffic.next(30);
  const removed = {
    code: removal.code,
    said: removal.said,
    state: packageState('amphora-agent'),
    agent: shown('amphora-agent', 'ActiveState'),
    sameHaproxy: haproxyPid() === haproxy,
    checks: [paths.vrrp.checkScript, SCTP_CHECK].map(checkStatus),
  };
  const found = {
    installed,
    checks,
    restarted,
    upgraded,
    downgraded,
    broken,
    removed,
    traffic: await traffic.stop(),
  };
  await writeFile(FOUND, JSON.stringify(found));
  run('sync');
  run('systemctl', 'reboot', '--force', '--force');
  return NEVER;
}

const KEY = '/var/lib/octavia/certs/key.pem';

async function purge(): Promise<PackageFindings['purged']> {
  await mkdir(path.dirname(KEY), { recursive: true });
  await writeFile(KEY, 'a key');
  const first = apt(['purge', 'amphora-agent']);
  const refused = {
    ...first,
    served: getInNamespace(PORT),
    keyWasThere: existsSync(KEY),
    state: packageState('amphora-agent'),
    audit: dpkgAudit(),
  };
  const second = apt(['purge', 'amphora-agent'], { AMPHORA_AGENT_PURGE: 'yes' });
  const left = [
    ...['/etc/octavia', '/var/lib/octavia', '/usr/lib/amphora-agent', '/usr/bin/amphora-interface'],
    `/usr/lib/systemd/system/${haproxyService(ID)}.service`,
    '/usr/lib/systemd/system/amphora-netns.service',
  ].filter((name) => existsSync(name));
  const done = {
    ...second,
    served: getInNamespace(PORT),
    state: packageState('amphora-agent'),
    left,
    diversions: run('dpkg-divert', '--list', '*octavia*'),
  };
  return { refused, done };
}

async function afterReboot(): Promise<PackageFindings> {
  const found = JSON.parse(await readFile(FOUND, 'utf8'));
  const pki = {
    directory: KEPT,
    serverAuthority: { certificate: `${KEPT}/server-ca.pem`, key: `${KEPT}/server-ca-key.pem` },
    clientAuthority: { certificate: `${KEPT}/client-ca.pem`, key: `${KEPT}/client-ca-key.pem` },
    client: `${KEPT}/client.pem`,
  };
  const controller = await startAsking(pki);
  const enabled = told('is-enabled', `${haproxyService(ID)}.service`, 'amphora-netns.service').split('\n');
  run('systemctl', 'start', 'amphora-netns.service', haproxyService(ID));
  await until(() => getInNamespace(PORT) === 'packaged');
  const rebooted = { enabled, served: getInNamespace(PORT), agent: shown('amphora-agent', 'LoadState') };
  const file = path.join(KEPT, 'amphora-agent_1.2.3_amd64.deb');
  const again = apt([
    'install',
    '--no-install-recommends',
    existsSync(file) ? file : file.replace('amd64', 'arm64'),
  ]);
  const order = {
    namespaceWasMade: shown('amphora-netns-add', 'ExecMainExitTimestampMonotonic') !== '0',
    agentComesAfter: shown('amphora-agent', 'After').split(' '),
  };
  const reinstalled = {
    code: again.code,
    said: again.said,
    info: await info(controller),
    served: getInNamespace(PORT),
    files: run('dpkg', '--verify', 'amphora-agent'),
  };
  run('systemctl', 'stop', 'amphora-agent.path', 'amphora-agent.service');
  run('systemctl', 'start', '--no-block', ...UNITS);
  const booted = { info: await info(controller), restarts: shown('amphora-agent', 'NRestarts') };
  return { ...found, rebooted, order, reinstalled, booted, purged: await purge() };
}

const found = existsSync(FOUND) ? await afterReboot() : await beforeReboot();
await writeFile(process.argv[2] ?? '', JSON.stringify(found));
process.exit(0);
