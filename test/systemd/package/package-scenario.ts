import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import type { Controller } from '../../../sandbox/controller/controller.ts';
import type { Pki } from '../../../sandbox/controller/pki.ts';
import { KEEPALIVED_SERVICE } from '../../../src/domain/paths.ts';
import {
  getInNamespace,
  IN_NAMESPACE,
  makeInterface,
  until,
} from '../../support/amphora/amphora-services.ts';
import { apt, buildPackage, dpkgAudit, packageState, repackage } from '../installed-package.ts';
import { type RunningTraffic, startTraffic } from '../traffic-counter.ts';
import { checkOutcome, configWithCheck } from './check-outcome.ts';
import type { PackageFindings } from './package-findings.ts';
import {
  agentPid,
  configure,
  HAPROXY,
  haproxyPid,
  info,
  keptPki,
  LOAD_BALANCER,
  PORT,
  paths,
  reboot,
  run,
  served,
  shown,
  startAsking,
  startHaproxy,
  systemctl,
  uploadHaproxy,
} from './packaged-amphora.ts';
import { watchKeepalived } from './watched-keepalived.ts';

/** a directory that survives a reboot of the container */
const KEPT = '/var/lib/package-scenario';
const FOUND = path.join(KEPT, 'found.json');
/** The kernel refuses SCTP on 127.0.0.1: exit code 1 shows that the program was found. */
const SCTP_CHECK = 'amphora-health-checker sctp -t 1 127.0.0.1 5000';
const UNITS = [
  'amphora-agent.path',
  'amphora-agent.service',
  'amphora-netns.service',
  'prometheus-proxy.socket',
];
const FOREIGN_UNITS = ['haproxy.service', 'keepalived.service'];

/** Runs keepalived with the checks that the agent writes, that Octavia's agent left, and that controllers write. */
async function guard(controller: Controller): Promise<PackageFindings['checks']> {
  makeInterface();
  const file = path.join(KEPT, 'keepalived.conf');
  await writeFile(file, configWithCheck(paths.vrrp.checkScript));
  await controller.request({ method: 'PUT', path: '/1.0/vrrp/upload', file });
  const statusOnly = ['--silent', '--output', '/dev/null', '--write-out', '%{http_code}'];
  const left = path.join(KEPT, 'left_check.sh');
  await writeFile(
    left,
    `#!/bin/bash\nhaproxy-vrrp-check ${paths.loadBalancer(LOAD_BALANCER).statsSocket}; exit $?\n`,
    {
      mode: 0o755,
    },
  );
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
  apt(['purge', 'logrotate', 'rsyslog', 'ipvsadm']);
  const { code, said } = apt(['install', '--no-install-recommends', file]);
  const before = shown('amphora-agent', 'ActiveState');
  await configure(pki);
  return {
    code,
    said,
    enabled: UNITS.map((unit) => systemctl('is-enabled', unit)),
    foreign: FOREIGN_UNITS.map((unit) => systemctl('is-enabled', unit)),
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
  const pki = await keptPki(KEPT);
  const controller = await startAsking(pki);
  const file = await buildPackage(KEPT, '1.2.3');
  const newer = await repackage(file, '1.2.4');
  const installed = await install(file, pki, controller);
  await uploadHaproxy(controller, KEPT);
  await startHaproxy(controller);
  await served();
  const checks = await guard(controller);
  const seen = await watchKeepalived(KEPT);
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
    keepalived: [await seen()],
  };
  await writeFile(FOUND, JSON.stringify(found));
  return reboot();
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
    `/usr/lib/systemd/system/${HAPROXY}.service`,
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
  const controller = await startAsking(await keptPki(KEPT));
  const enabled = systemctl('is-enabled', `${HAPROXY}.service`, 'amphora-netns.service').split('\n');
  run('systemctl', 'start', 'amphora-netns.service', HAPROXY);
  const rebooted = { enabled, served: await served(), agent: shown('amphora-agent', 'LoadState') };
  const seen = await watchKeepalived(KEPT);
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
  const keepalived = [...found.keepalived, await seen()];
  return { ...found, rebooted, order, reinstalled, keepalived, booted, purged: await purge() };
}

const found = existsSync(FOUND) ? await afterReboot() : await beforeReboot();
await writeFile(process.argv[2] ?? '', JSON.stringify(found));
process.exit(0);
