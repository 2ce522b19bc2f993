import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  AGENT_CONFIG_FILE,
  agentConfigText,
  CLIENT_CA_FILE,
  SERVER_CERTIFICATE_FILE,
} from '../../../sandbox/amphora/agent-config.ts';
import { type ControllerRequest, createController } from '../../../sandbox/controller/controller.ts';
import { createPki, issueServerCertificate } from '../../../sandbox/controller/pki.ts';
import { loadBalancerId } from '../../../src/domain/ids.ts';
import {
  AMPHORA_NAMESPACE,
  haproxyService,
  KEEPALIVED_SERVICE,
  NAMESPACE_MAKER,
  UNIT_DIRECTORY,
} from '../../../src/domain/paths.ts';
import { REPOSITORY } from '../../repository.ts';
import {
  getInNamespace,
  haproxyConfig,
  KEEPALIVED_CONFIG,
  until,
} from '../../support/amphora/amphora-services.ts';
import { download, unpacked } from '../../support/amphora/downloads.ts';
import { loggedSecrets } from '../../support/amphora/logged-secrets.ts';
import { startDhcpServer } from '../../support/network/dhcp-server.ts';
import { paths } from '../systemd-services.ts';
import { driftStarts } from './drift-starts.ts';
import type { HardenedFindings } from './hardened-agent-findings.ts';

const AMPHORA = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';
const ID = loadBalancerId('7f0c2a6e-3d55-4a43-8e0a-1d2f3b4c5d6e');
const STOPPED_ID = loadBalancerId('9a1b2c3d-3d55-4a43-8e0a-1d2f3b4c5d6e');
const PORT = 8101;
const WARNING = 40;
const VIP_MAC = 'fa:16:3e:00:00:01';
const MEMBER_MAC = 'fa:16:3e:00:00:02';
const HEARTBEAT_KEY = 'hardened-heartbeat-key';
const HEALTH_MANAGER_PORT = 5555;

const run = (...[program, ...args]: [string, ...string[]]): string => execFileSync(program, args).toString();
const inside = (...args: [string, ...string[]]): string =>
  run('ip', 'netns', 'exec', AMPHORA_NAMESPACE, ...args);
const agentIs = (property: string): string =>
  run('systemctl', 'show', '--value', `--property=${property}`, 'amphora-agent').trim();

const directory = await mkdtemp(path.join(tmpdir(), 'hardened-'));
const pki = await createPki(directory);

/** Installs the files that an image and a controller put into an amphora. */
async function installAgent(): Promise<void> {
  await mkdir(path.dirname(CLIENT_CA_FILE), { recursive: true });
  await copyFile(pki.clientAuthority.certificate, CLIENT_CA_FILE);
  await copyFile(await issueServerCertificate(pki, AMPHORA, []), SERVER_CERTIFICATE_FILE);
  const settings = {
    amphoraId: AMPHORA,
    topology: 'ACTIVE_STANDBY',
    bindHost: '::',
    bindPort: 9443,
  } as const;
  const health = {
    healthManagers: [`127.0.0.1:${HEALTH_MANAGER_PORT}`],
    heartbeatKey: HEARTBEAT_KEY,
    // No heartbeat comes between the upload of keepalived's configuration and its start, when the agent rightly warns.
    heartbeatInterval: 600,
  };
  await writeFile(AGENT_CONFIG_FILE, agentConfigText({ ...settings, ...health }));
  const program = (words: string): string =>
    `#!/bin/sh\nexec ${process.execPath} ${REPOSITORY}/src/main.ts ${words}"$@"\n`;
  await writeFile('/usr/bin/amphora-agent', program(''), { mode: 0o755 });
  await writeFile('/usr/bin/amphora-interface', program('interface '), { mode: 0o755 });
  for (const unit of ['amphora-agent.service', NAMESPACE_MAKER]) {
    await copyFile(`${REPOSITORY}/systemd/${unit}`, path.join(UNIT_DIRECTORY, unit));
  }
}

function addNic(name: string, macAddress: string): void {
  run('ip', 'link', 'add', name, 'address', macAddress, 'type', 'veth', 'peer', 'name', `${name}-far`);
  run('ip', 'link', 'set', `${name}-far`, 'up');
}

run('ip', 'link', 'set', 'lo', 'up');
await installAgent();
addNic('nic1', VIP_MAC);
addNic('nic2', MEMBER_MAC);
run('ip', 'address', 'add', '10.95.0.1/24', 'dev', 'nic2-far');
run('ip', 'address', 'add', 'fd95::1/64', 'dev', 'nic2-far', 'nodad');
const dhcp = await startDhcpServer('nic2-far');
run('systemctl', 'daemon-reload');
run('systemctl', 'start', 'amphora-agent');
const controller = await createController({ host: '127.0.0.1', port: 9443, serverName: AMPHORA }, pki);
const ask = async (
  method: ControllerRequest['method'],
  target: string,
  sent: string | object = '',
): Promise<string> => {
  const file = path.join(directory, 'body');
  await writeFile(file, String(sent));
  const body = typeof sent === 'object' ? { json: sent } : sent === '' ? {} : { file };
  const { status, body: answer } = await controller.request({ method, path: target, ...body });
  return `${status} ${answer}`;
};

const vip = {
  mac_address: VIP_MAC,
  subnet_cidr: '192.0.2.0/24',
  gateway: '192.0.2.254',
  vrrp_ip: '192.0.2.1',
  is_sriov: true,
};
const haproxyText = (id: typeof ID, port: number): string =>
  haproxyConfig(paths.loadBalancer(id).statsSocket, 'hardened', [port]).replace(
    'global\n',
    'global\n    user nobody\n',
  );
const answers: HardenedFindings['answers'] = {
  info: await ask('GET', '/1.0/info'),
  vip: await ask('POST', '/1.0/plug/vip/192.0.2.9', vip),
  network: await ask('POST', '/1.0/plug/network', { mac_address: MEMBER_MAC, fixed_ips: [] }),
  rules: await ask('PUT', '/1.0/interface/192.0.2.1/rules', [{ protocol: 'TCP', port: 80, cidr: null }]),
  certificate: await ask(
    'PUT',
    `/1.0/loadbalancer/${ID}/certificates/web.pem`,
    await readFile(pki.client, 'utf8'),
  ),
  haproxy: await ask('PUT', `/1.0/loadbalancer/${AMPHORA}/${ID}/haproxy`, haproxyText(ID, PORT)),
  start: await ask('PUT', `/1.0/loadbalancer/${ID}/start`),
  reload: await ask('PUT', `/1.0/loadbalancer/${ID}/reload`),
  second: await ask(
    'PUT',
    `/1.0/loadbalancer/${AMPHORA}/${STOPPED_ID}/haproxy`,
    haproxyText(STOPPED_ID, PORT + 1),
  ),
  secondStart: await ask('PUT', `/1.0/loadbalancer/${STOPPED_ID}/start`),
  vrrp: await ask('PUT', '/1.0/vrrp/upload', KEEPALIVED_CONFIG),
  vrrpStart: await ask('PUT', '/1.0/vrrp/start'),
  vrrpReload: await ask('PUT', '/1.0/vrrp/reload'),
  details: await ask('GET', '/1.0/details'),
  listeners: await ask('GET', '/1.0/listeners'),
  config: await ask('PUT', '/1.0/config', await readFile(AGENT_CONFIG_FILE, 'utf8')),
};
await until(() => inside('ip', '-brief', 'address', 'show', 'dev', 'eth2').includes('10.95.0.1'));
const state: HardenedFindings['state'] = {
  served: getInNamespace(PORT),
  addresses: inside('ip', '-brief', 'address'),
  ruleset: inside('nft', 'list', 'ruleset'),
  forwarding: inside('sysctl', '--values', 'net.ipv4.ip_forward').trim(),
  keepalived: run('systemctl', 'is-active', KEEPALIVED_SERVICE).trim(),
  dhcpClients: run('pgrep', '-fc', 'amphora-dhcp/eth2').trim(),
};
const agent = { address: '127.0.0.1', port: 9443, id: AMPHORA };
const answer = await download({ pki }, agent, '/diagnostics');
const files = await unpacked(await answer.body());
const archive: HardenedFindings['archive'] = {
  errors: Object.fromEntries([...files].filter(([name]) => name.endsWith('.error.txt'))),
  keepalived: files.get('keepalived/vrrp.json') ?? '',
  logs: ['amphora-agent', haproxyService(ID)].map((name) => files.get(`logs/${name}.log`) ?? ''),
  secrets: await loggedSecrets([...files.values()].join('\n'), directory, [HEARTBEAT_KEY]),
};
const captured = await download({ pki }, agent, '/capture?interface=eth1&seconds=1&filter=udp+port+9');
const capture = `${captured.status} ${(await captured.body()).length}`;
const repairing = (await readFile(AGENT_CONFIG_FILE, 'utf8')).replace(
  '[amphora_agent]\n',
  '[amphora_agent]\ndrift = repair\n',
);
const drift = await driftStarts([ID, STOPPED_ID], {
  stop: (id) => ask('PUT', `/1.0/loadbalancer/${id}/stop`),
  repair: () => ask('PUT', '/1.0/config', repairing),
});
const mainProcesses = (): string =>
  run('systemctl', 'show', '--property=MainPID', '--value', haproxyService(ID), KEEPALIVED_SERVICE);
const started = mainProcesses();
run('systemctl', 'restart', 'amphora-agent');
await until(async () => (await ask('GET', '/1.0/info').catch(() => '')).startsWith('200'));
const after: HardenedFindings['after'] = {
  processes: mainProcesses() === started ? 'the same' : `${started} became ${mainProcesses()}`,
  served: getInNamespace(PORT),
  removal: await ask('DELETE', `/1.0/listeners/${ID}`),
  servedThen: getInNamespace(PORT),
  restarts: agentIs('NRestarts'),
};
controller.close();
await dhcp.close();
run('journalctl', '--sync');
const journal = run('journalctl', '--no-pager');
const secrets = await loggedSecrets(journal, directory, [HEARTBEAT_KEY]);
const lines = run('journalctl', '--unit=amphora-agent', '--output=cat', '--no-pager').split('\n');
interface Complaint {
  readonly level: number;
  /** of a line about drift */
  readonly kind?: string;
  readonly object?: string;
  /** of a line of the self-test */
  readonly subject?: string;
}
const complaints = lines.filter((line) => {
  if (!line.startsWith('{')) return false;
  const { level, kind, object, subject }: Complaint = JSON.parse(line);
  const isOrdered = kind === 'haproxy' && object === ID;
  // the kernel of this machine may lack those of UDP and SCTP listeners
  const isAboutKernel = subject?.startsWith('kernel module ') === true;
  return level >= WARNING && !isOrdered && !isAboutKernel;
});
await writeFile(
  process.argv[2] ?? '',
  JSON.stringify({
    ...{ answers, state, archive, capture, drift, after, complaints, secrets },
  } satisfies HardenedFindings),
);
