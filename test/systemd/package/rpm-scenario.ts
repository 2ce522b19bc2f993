import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { ENABLED_UNITS } from '../../../packaging/installation-tree.ts';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { createPki } from '../../../sandbox/controller/pki.ts';
import { haproxyService } from '../../../src/domain/paths.ts';
import { getInNamespace, until } from '../../support/amphora/amphora-services.ts';
import { rpmOnDebian } from '../../support/debian-rpm.ts';
import { buildTestRpm } from '../../support/test-package.ts';
import { startTraffic } from '../traffic-counter.ts';
import {
  agentPid,
  balance,
  configure,
  haproxyPid,
  info,
  LOAD_BALANCER,
  PAGE,
  PORT,
  paths,
  run,
  shown,
  startAsking,
  systemctl,
} from './packaged-amphora.ts';
import type { RpmFindings } from './rpm-findings.ts';

/** The RPM in a Debian that systemd has booted: an EL can't be had here, and rpm, systemd, haproxy are the same programs. */
const DIRECTORY = '/var/lib/rpm-scenario';
const PURGE = '/usr/lib/amphora-agent/purge';
const HAPROXY_UNIT = haproxyService(LOAD_BALANCER);
const BOOTED_UNITS = ['amphora-netns.service', `${HAPROXY_UNIT}.service`];

await mkdir(DIRECTORY);
const first = await pack('1.2.3');
const second = await pack('1.2.4');
const pki = await createPki(DIRECTORY);
const controller = await startAsking(pki);

function pack(version: string): Promise<string> {
  return buildTestRpm({ version, directory: DIRECTORY });
}

function outcome(
  program: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
) {
  const { status, stdout, stderr } = spawnSync(program, words, {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
  return { code: status, said: `${stdout}${stderr}`.split('\n').filter((line) => line !== '') };
}

function rpm(...words: string[]) {
  const [program = '', ...args] = rpmOnDebian();
  return outcome(program, [...args, ...words]);
}

async function change(...words: string[]): Promise<RpmFindings['upgraded']> {
  const before = agentPid();
  const changed = rpm(...words);
  await traffic.next(10);
  return { ...changed, info: await info(controller), otherAgent: agentPid() !== before };
}

async function install(): Promise<RpmFindings['installed']> {
  const installed = rpm('-i', first);
  const before = shown('amphora-agent', 'ActiveState');
  const enabled = ENABLED_UNITS.map((unit) => systemctl('is-enabled', unit));
  await configure(pki);
  return { ...installed, enabled, before, info: await info(controller) };
}

async function upgradeBroken(): Promise<RpmFindings['broken']> {
  const good = await readFile(AGENT_CONFIG_FILE, 'utf8');
  await writeFile(AGENT_CONFIG_FILE, good.replace(/^bind_port.*$/m, 'bind_port = none'));
  const found = await change('-U', second);
  await writeFile(AGENT_CONFIG_FILE, good);
  return found;
}

async function upgradeDisabled(): Promise<RpmFindings['disabled']> {
  run('systemctl', '--quiet', 'disable', '--now', 'amphora-agent.path', 'amphora-agent.service');
  const changed = rpm('-U', '--oldpackage', first);
  const agent = shown('amphora-agent', 'ActiveState');
  run('systemctl', '--quiet', 'enable', '--now', 'amphora-agent.service', 'amphora-agent.path');
  await info(controller);
  return { ...changed, agent };
}

async function remove(): Promise<RpmFindings['removed']> {
  const haproxy = haproxyPid();
  const removal = rpm('-e', 'amphora-agent');
  await traffic.next(30);
  const found = {
    ...removal,
    agent: shown('amphora-agent', 'ActiveState'),
    unit: shown('amphora-agent', 'LoadState'),
    sameHaproxy: haproxyPid() === haproxy,
    check: spawnSync('haproxy-vrrp-check', [paths.loadBalancer(LOAD_BALANCER).statsSocket]).status,
    enabled: BOOTED_UNITS.map((unit) => systemctl('is-enabled', unit)),
  };
  counted = await traffic.stop();
  run('systemctl', 'restart', ...BOOTED_UNITS);
  await until(() => getInNamespace(PORT) === PAGE);
  return { ...found, restarted: getInNamespace(PORT) ?? '' };
}

function purge(): RpmFindings['purged'] {
  const refused = { ...outcome(PURGE, []), served: getInNamespace(PORT) ?? '' };
  const done = outcome(PURGE, [], { AMPHORA_AGENT_PURGE: 'yes' });
  const left = ['/etc/octavia', '/var/lib/octavia', '/usr/lib/amphora-agent', '/run/netns/amphora-haproxy'];
  const units = BOOTED_UNITS.map((unit) => `/usr/lib/systemd/system/${unit}`);
  return {
    refused,
    done: {
      ...done,
      served: getInNamespace(PORT) ?? '',
      left: [...left, ...units].filter((name) => existsSync(name)),
    },
  };
}

let counted: RpmFindings['traffic'] = { answered: 0, lost: 0 };
const installed = await install();
await balance(controller, DIRECTORY);
const traffic = await startTraffic(`http://127.0.0.1:${PORT}/`, 'namespace');
const upgraded = await change('-U', second);
const downgraded = await change('-U', '--oldpackage', first);
const broken = await upgradeBroken();
const disabled = await upgradeDisabled();
const removed = await remove();
const again = rpm('-i', first);
const reinstalled = { ...again, info: await info(controller), served: getInNamespace(PORT) ?? '' };
rpm('-e', 'amphora-agent');
const changes = { upgraded, downgraded, broken, disabled, removed };
const found: RpmFindings = { installed, ...changes, reinstalled, traffic: counted, purged: purge() };
await writeFile(process.argv[2] ?? '', JSON.stringify(found));
process.exit(0);
