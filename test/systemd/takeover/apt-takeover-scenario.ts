import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { loadBalancerId } from '../../../src/domain/ids.ts';
import { haproxyService } from '../../../src/domain/paths.ts';
import { until } from '../../support/amphora/amphora-services.ts';
import { askOctavia } from '../../support/heartbeat/octavia-envelope.ts';
import { apt, buildPackage } from '../installed-package.ts';
import { reboot } from '../package/packaged-amphora.ts';
import { startTraffic, type Traffic } from '../traffic-counter.ts';
import { vrrpTransitions } from '../vrrp-transitions.ts';
import { activeStandbyModel } from './active-standby-model.ts';
import { createAmphoraMachine } from './amphora-machine.ts';
import type { AptTakeoverFindings } from './apt-takeover-findings.ts';
import { continueAfterReboot, type KeptOverReboot } from './apt-takeover-reboot.ts';
import { inside, shown } from './machine-snapshot.ts';

/** One load balancer of Debian's octavia-agent, which our package takes over and returns. */
const DIRECTORY = '/var/lib/apt-takeover';
const KEPT = `${DIRECTORY}/kept.json`;

if (existsSync(KEPT)) await continueAfterReboot(KEPT, process.argv[2] ?? '');

await mkdir(DIRECTORY);
const file = await buildPackage(DIRECTORY, '1.2.3');
const machine = await createAmphoraMachine('ACTIVE_STANDBY', 'package');
const { driver, receiver } = machine;
const { model, vip: VIP, vipPort, networkPort } = activeStandbyModel(machine);
const macAddresses = { vip: await machine.plugNic('vip'), network: await machine.plugNic('member') };
const RAMFS = 'octavia-agent-certs-ramfs.service';
const AGENTS = ['octavia-agent.service', 'amphora-agent.service'];

async function build(): Promise<AptTakeoverFindings['built']> {
  const calls: readonly (readonly [string, ...unknown[]])[] = [
    ['get_api_version'],
    ['plug_vip', VIP, vipPort(macAddresses.vip)],
    ['plug_network', networkPort(macAddresses.network, [50])],
    ['upload_vrrp_config', await driver.render('keepalived', model)],
    ['upload_config', model.load_balancer, await driver.render('haproxy', model)],
    ['start_listener', model.load_balancer],
    ['start_vrrp'],
  ];
  const said: AptTakeoverFindings['built'] = {};
  for (const [method, ...args] of calls) said[method] = await ask(method, ...args);
  return said;
}

async function ask(method: string, ...args: unknown[]): Promise<number | string> {
  const answer = await driver.call(method, ...args);
  return 'error' in answer ? `${answer.error}: ${answer.text}` : status(answer.result);
}

const status = (result: unknown): number | string =>
  typeof result === 'object' && result !== null && 'status' in result
    ? Number(result.status)
    : JSON.stringify(result);

const hasVip = (): boolean => inside('ip', '-brief', 'address', 'show', 'dev', 'eth1').includes(`${VIP}/`);

const dataPlane = (): AptTakeoverFindings['before'] => ({
  haproxy: shown(haproxyService(loadBalancerId(model.load_balancer)), 'MainPID'),
  keepalived: shown('octavia-keepalived', 'MainPID'),
  master: hasVip(),
});

const agents = (): Record<string, string> =>
  Object.fromEntries(AGENTS.map((unit) => [unit, shown(unit, 'ActiveState')]));

/** Lists changed files of Debian's packages; conffiles may differ, since the scenario writes some. */
const verified = (): string =>
  spawnSync('dpkg', ['--verify', 'octavia-agent', 'python3-octavia'])
    .stdout.toString()
    .split('\n')
    .filter(
      (line) => line !== '' && !/^\S+ c /.test(line) && !line.includes('haproxy-default-user-group.conf'),
    )
    .join('\n');

/** Returns the next heartbeats, from the first one with number 0. */
async function heardAnew(since: number): Promise<{ first: number; counted: boolean }> {
  const read = async () => {
    const datagrams = receiver.heard.slice(since).map(({ datagram }) => datagram);
    const { messages } = await askOctavia(machine.heartbeatKey, datagrams);
    const numbers: (number | undefined)[] = messages.map((message: { seq: number } | null) => message?.seq);
    return numbers.slice(numbers.lastIndexOf(0));
  };
  await until(async () => (await read()).filter((number) => number !== undefined).length >= 3);
  const numbers = await read();
  return { first: numbers[0] ?? -1, counted: numbers.every((number, index) => number === index) };
}

await machine.start('octavia-agent');
const built = await build();
await until(hasVip);
const before = dataPlane();
const seen = vrrpTransitions().length;

/** Changes the package while a client sends requests. */
async function change(...words: string[]): Promise<ReturnType<typeof apt> & { traffic: Traffic }> {
  const traffic = await startTraffic(`http://${VIP}/`, 'outside');
  const outcome = apt(words);
  await traffic.next(20);
  return { ...outcome, traffic: await traffic.stop() };
}

let first = receiver.heard.length;
const installed = {
  ...(await change('install', '--no-install-recommends', file)),
  after: dataPlane(),
  agents: agents(),
  verified: verified(),
  // where Debian's octavia-agent keeps keys in memory, which only it has made at a boot
  ramfs: ['Wants', 'After'].map((property) => shown('amphora-agent', property).split(' ').includes(RAMFS)),
  version: execFileSync('amphora-agent', ['--version']).toString().trim(),
  heard: await heardAnew(first),
  plugged: await ask('plug_network', networkPort(macAddresses.network, [50, 51])),
};

first = receiver.heard.length;
const removed = {
  ...(await change('remove', 'amphora-agent')),
  after: dataPlane(),
  agents: agents(),
  verified: verified(),
  left: [
    ...execFileSync('dpkg-divert', ['--list', '*amphora*']).toString().split('\n'),
    ...[
      '/usr/bin/amphora-agent.octavia',
      '/var/lib/octavia/ping-wrapper.sh.octavia',
      '/etc/systemd/system/amphora-agent.service.wants',
    ].filter((name) => existsSync(name)),
  ].filter((line) => line !== ''),
  heard: await heardAnew(first),
  interfaces: inside(
    'sh',
    '-c',
    `amphora-interface --config-file ${AGENT_CONFIG_FILE} up all 2>&1; echo "exit $?"`,
  ),
};

// without interfaces after the reboot, the scenario would wait in vain
if (!removed.interfaces.endsWith('exit 0')) throw new Error(removed.interfaces);
const found = { built, before, installed, removed, transitions: vrrpTransitions().slice(seen), reboots: [] };
const { heartbeatKey } = machine;
const kept: KeptOverReboot = { found, file, code: removed.code, vip: VIP, macAddresses, heartbeatKey };
await writeFile(KEPT, JSON.stringify(kept));
await reboot();
