import { existsSync } from 'node:fs';
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import type { ControllerAnswer } from '../../../sandbox/controller/controller.ts';
import { readStatistics, STATISTICS_COMMAND } from '../../../src/domain/haproxy/statistics.ts';
import { loadBalancerId } from '../../../src/domain/ids.ts';
import { haproxyService, UNIT_DIRECTORY } from '../../../src/domain/paths.ts';
import { createHaproxySockets } from '../../../src/host/haproxy/haproxy-socket.ts';
import { listenExclusively, until } from '../../support/amphora/amphora-services.ts';
import { askOctavia } from '../../support/heartbeat/octavia-envelope.ts';
import { activeStandbyModel } from './active-standby-model.ts';
import { type AgentUnit, createAmphoraMachine } from './amphora-machine.ts';
import { portsAfterCrash, savedStates } from './haproxy-states.ts';
import { dhcpClient, inside, run, shown, takeSnapshot } from './machine-snapshot.ts';
import type { TakeoverFindings } from './takeover-findings.ts';
import { fetchVip, openVipConnection } from './vip-client.ts';

const machine = await createAmphoraMachine('ACTIVE_STANDBY');
const { driver, receiver } = machine;
const { model, vip: VIP, ...ports } = activeStandbyModel(machine);
const macAddresses = {
  vip: await machine.plugNic('vip'),
  network: await machine.plugNic('member'),
  dhcp: await machine.plugNic('client'),
};

const haproxy = createHaproxySockets();
const TAKEN_PORT = 8181;
const ANSWER_MS = 60_000;
const INTERFACES = '/etc/octavia/interfaces';
/** the script that masquerades the interfaces of Debian's agent */
const MASQUERADING = '/usr/bin/octavia-agent-lvs-masquerade';

const ID = model.load_balancer;
const SERVICE = haproxyService(loadBalancerId(ID));
const STATS_SOCKET = `/var/lib/octavia/${ID}.sock`;
const MASTER_SOCKET = `/var/lib/octavia/${ID}/master.sock`;

type Said = TakeoverFindings['built'];
type Call = readonly [method: string, ...args: unknown[]];

/** Calls methods of the driver in turn. @returns results by method: the first of repeated calls, or an error */
async function ask(...calls: readonly Call[]): Promise<Said> {
  const said: Said = {};
  for (const [method, ...args] of calls) {
    const answer = await driver.call(method, ...args);
    if ('error' in answer) said[method] = `${answer.error}: ${answer.text}`;
    else said[method] ??= statusOf(answer.result) ?? JSON.stringify(answer.result);
  }
  return said;
}

const statusOf = (result: unknown): number | undefined =>
  typeof result === 'object' && result !== null && 'status' in result ? Number(result.status) : undefined;

const vipPort = ports.vipPort(macAddresses.vip);

/** @param hosts host numbers of the addresses on the member network */
const networkPort = (...hosts: readonly number[]) => ports.networkPort(macAddresses.network, hosts);

const worker = async (): Promise<number> =>
  Number(/^Pid: (\d+)$/m.exec(await haproxy.ask(STATS_SOCKET, 'show info', ANSWER_MS))?.[1]);
const master = (): string => shown(SERVICE, 'MainPID');

async function total(): Promise<TakeoverFindings['total']> {
  const answer = await haproxy.ask(STATS_SOCKET, STATISTICS_COMMAND, ANSWER_MS);
  const [listener] = readStatistics(answer, ID).listeners;
  if (listener?.counters === undefined) throw new Error('a listener without counters');
  const { bin, bout, ereq, stot } = listener.counters;
  return { rx: bin, tx: bout, ereq, totconns: stot };
}

async function traffic(requests: number): Promise<(string | undefined)[]> {
  const answers: (string | undefined)[] = [];
  for (let request = 0; request < requests; request += 1) answers.push(await fetchVip(VIP));
  return answers;
}

/** Waits for the next heartbeats; the first of them may have been under way already. */
async function beats(count: number): Promise<void> {
  const target = receiver.heard.length + count;
  await until(() => receiver.heard.length >= target);
}

/** Returns the heartbeats from the first up to the one before the last, as Octavia's own code reads them. */
async function heardBetween(first: number, last?: number): Promise<TakeoverFindings['heard'][number]> {
  const datagrams = receiver.heard.slice(first, last).map(({ datagram }) => datagram);
  return (await askOctavia(machine.heartbeatKey, datagrams)).messages;
}

/** Changes from one agent to the other, with traffic in between. @returns number of the first heartbeat afterwards */
async function change(from: AgentUnit, to: AgentUnit, requests: number): Promise<number> {
  await beats(2);
  machine.stop(from);
  const first = receiver.heard.length;
  await traffic(requests);
  await machine.start(to);
  await beats(2);
  return first;
}

type TakenOver = Pick<TakeoverFindings, 'built' | 'before' | 'after' | 'heard' | 'total' | 'dhcp'>;

async function takeOver(): Promise<TakenOver> {
  machine.startDhcpServer();
  await machine.start('octavia-agent');
  const built = await ask(
    ['get_api_version'],
    ['plug_vip', VIP, vipPort],
    ['plug_network', networkPort(50)],
    ['plug_network', { mac_address: macAddresses.dhcp }],
    ['upload_vrrp_config', await driver.render('keepalived', model)],
    ['upload_config', ID, await driver.render('haproxy', model)],
    ['start_listener', ID],
    ['start_vrrp'],
  );
  await until(async () => (await fetchVip(VIP)) !== undefined);
  const connection = await openVipConnection(VIP);
  await connection.ask();
  await traffic(4);
  const before = await takeSnapshot(ID, await worker());
  const dhcp = [dhcpClient()];
  const first = await change('octavia-agent', 'amphora-agent', 3);
  const after = await takeSnapshot(ID, await worker());
  await connection.ask();
  connection.close();
  await traffic(2);
  await beats(3);
  dhcp.push(dhcpClient());
  const heard = [await heardBetween(0, first), await heardBetween(first)];
  return { built, before, after, heard, total: await total(), dhcp };
}

/** Runs `amphora-interface up all`. @returns its output, which ends with the exit code */
const interfacesUp = (): string =>
  inside('sh', '-c', `amphora-interface --config-file ${AGENT_CONFIG_FILE} up all 2>&1; echo "exit $?"`);

async function boot(): Promise<TakeoverFindings['boot']> {
  const theirs = (): string => inside('nft', 'list', 'table', 'ip', 'octavia-ipv4');
  const before = theirs();
  await rename(MASQUERADING, `${MASQUERADING}.away`);
  const output = interfacesUp();
  await rename(`${MASQUERADING}.away`, MASQUERADING);
  return { output, before, after: theirs(), own: inside('nft', 'list', 'ruleset') };
}

async function reload(): Promise<TakeoverFindings['reload']> {
  const before = { master: master(), worker: await worker() };
  const said = await ask(['reload_listener', ID]);
  return {
    said,
    sameMaster: master() === before.master,
    sameWorker: (await worker()) === before.worker,
    masterSocket: existsSync(MASTER_SOCKET),
  };
}

async function bindConflict(): Promise<TakeoverFindings['bindConflict']> {
  const occupant = await listenExclusively(TAKEN_PORT);
  const text = await driver.render('haproxy', model);
  const bound = text.replace(/^ *bind .*$/m, (line) => `${line}\n    bind 127.0.0.1:${TAKEN_PORT}`);
  await ask(['upload_config', ID, bound]);
  const { status, body } = await act('reload');
  const served = (await fetchVip(VIP)) !== undefined;
  occupant.kill('SIGKILL');
  return { status, body, served };
}

/** Sends requests that the driver never sends, or whose error texts it hides. */
const act = (action: string): Promise<ControllerAnswer> =>
  machine.controller.request({ method: 'PUT', path: `/1.0/loadbalancer/${ID}/${action}` });

async function upload(): Promise<TakeoverFindings['upload']> {
  const fewer = { ...model, members: model.members.slice(0, 1) };
  const config = await driver.render('haproxy', fewer);
  const said = await ask(['upload_config', ID, config], ['reload_listener', ID]);
  return { said, answers: await traffic(4) };
}

async function restart(): Promise<TakeoverFindings['restart']> {
  const stopped = await act('stop');
  const said = await ask(['start_listener', ID], ['reload_listener', ID]);
  await until(async () => (await fetchVip(VIP)) !== undefined);
  return {
    said: { ...said, stop: stopped.status },
    masterSocket: existsSync(MASTER_SOCKET),
    answer: await fetchVip(VIP),
  };
}

async function networks(): Promise<TakeoverFindings['networks']> {
  const said = await ask(['plug_vip', VIP, vipPort], ['plug_network', networkPort(51, 52)]);
  return {
    said,
    addresses: inside('ip', '-brief', '-4', 'address', 'show', 'dev', 'eth2'),
  };
}

async function vrrp(): Promise<TakeoverFindings['vrrp']> {
  const before = shown('octavia-keepalived', 'MainPID');
  const config = await driver.render('keepalived', model);
  const said = await ask(['upload_vrrp_config', config], ['reload_vrrp']);
  return { said, sameMain: shown('octavia-keepalived', 'MainPID') === before };
}

/** Runs the command of docs/takeover.md that makes files which octavia-agent 11 can read. */
const PAGE = await readFile(new URL('../../../docs/takeover.md', import.meta.url), 'utf8');
const WITHOUT_NEW_KEYS = /^python3 -c '([^']+)'/m.exec(PAGE)?.[1] ?? '';
const interfaceFiles = async (): Promise<string[]> =>
  (await readdir(INTERFACES)).map((name) => `${INTERFACES}/${name}`);

/** The major version of Octavia: an agent of Octavia 11 refuses keys that later agents need. */
const OCTAVIA = Number.parseInt(
  run('dpkg-query', '--show', '--showformat', '${Version}', 'octavia-agent'),
  10,
);

/** Starts Debian's agent again, on a disk that ours has written to. */
async function back(): Promise<TakeoverFindings['back']> {
  const before = master();
  const first = await change('amphora-agent', 'octavia-agent', 2);
  const boots = [interfacesUp()];
  if (OCTAVIA === 11) {
    run('python3', '-c', WITHOUT_NEW_KEYS, ...(await interfaceFiles()));
    boots.push(interfacesUp());
  }
  const said = await ask(
    ['get_all_listeners'],
    ['plug_network', networkPort(53)],
    ['reload_listener', ID],
    ['reload_vrrp'],
  );
  return { said, boots, heard: await heardBetween(first), sameMaster: master() === before };
}

async function forth(): Promise<TakeoverFindings['forth']> {
  const theirs = await savedStates(ID);
  const first = await change('octavia-agent', 'amphora-agent', 1);
  const ours = await savedStates(ID);
  const members = model.members.map((member) => ({ ...member, port: 81 }));
  await ask(['upload_config', ID, await driver.render('haproxy', { ...model, members })]);
  const states = { theirs, ours, ports: await portsAfterCrash(ID) };
  const said = await ask(
    ['reload_listener', ID],
    ['delete_listener', ID],
    ['get_all_listeners'],
    ['stop_vrrp'],
  );
  return {
    said,
    states,
    heard: await heardBetween(first),
    unit: run('systemctl', 'show', '--value', '--property=LoadState', SERVICE),
    files: [...(await readdir('/var/lib/octavia')), ...(await readdir(UNIT_DIRECTORY))].filter((name) =>
      name.includes(ID),
    ),
  };
}

const found: TakeoverFindings = {
  octavia: OCTAVIA,
  model: { listener: model.listener, pool: model.pool, members: model.members.map(({ id }) => id) },
  ...(await takeOver()),
  boot: await boot(),
  reload: await reload(),
  bindConflict: await bindConflict(),
  upload: await upload(),
  restart: await restart(),
  networks: await networks(),
  vrrp: await vrrp(),
  back: await back(),
  forth: await forth(),
};
await writeFile(process.argv[2] ?? '', JSON.stringify(found));
process.exit(0);
