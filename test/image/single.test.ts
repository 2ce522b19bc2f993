import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { haproxyConfigText, type LoadBalancer } from '../../sandbox/controller/load-balancer.ts';
import { issueCertificate, issueServerCertificate } from '../../sandbox/controller/pki.ts';
import { type LongRunning, startLongRunning } from '../../sandbox/programs/long-running.ts';
import { fetchThroughVip } from '../support/amphora/amphora-lab.ts';
import { type OctaviaDriver, startOctaviaDriver } from '../support/amphora/octavia-driver.ts';
import { LVS, lvsConfigText } from '../support/keepalived/lvs-examples.ts';
import {
  AGENT_MEMORY,
  AGENT_PORT,
  type AmphoraMachine,
  createImageLab,
  type ImageLab,
} from './amphora-machines.ts';
import { answersInfo, BOOT_MS, bootedBy, report } from './figures.ts';
import { imageUnderTest } from './image-under-test.ts';
import { testVirtualServiceDrift } from './virtual-service-tests.ts';

const SOON_MS = 60_000;
const VIP_HOST = 100;
const VRRP_HOST = 11;
const NETWORK_HOST = 50;
const UDP_PORT = 82;
/** IPVS takes a virtual service whose address no interface has. */
const V6 = { vip: '2001:db8::64', member: '2001:db8::99' };
const SCTP_PORT = 5000;
const SCTP_MEMBER = path.resolve(import.meta.dirname, '../fixtures/sctp_member.py');
const HEALTH_CHECKER = path.resolve(import.meta.dirname, '../../src/bin/amphora-health-checker');
const SCTP_LISTENER = randomUUID();
const ANY_CODE = Array.from({ length: 256 }, (_, code) => code);

let world: ImageLab;
let amphora: AmphoraMachine;
let driver: OctaviaDriver;
let web: LoadBalancer;
let secure: LoadBalancer;
const servers: LongRunning[] = [];

beforeAll(async () => {
  world = await createImageLab(imageUnderTest());
  amphora = await world.boot('SINGLE');
  driver = startOctaviaDriver({ id: amphora.id, address: amphora.address, port: AGENT_PORT }, world.pki);
  web = balancer(80);
  secure = balancer(443);
  for (const member of world.members) {
    const inside = ['ip', 'netns', 'exec', member.name] as const;
    const echo = ['-T1', `UDP4-RECVFROM:${UDP_PORT},fork`, `SYSTEM:echo ${member.name}`];
    servers.push(await startLongRunning([...inside, 'socat', ...echo]));
    servers.push(await startLongRunning([...inside, 'python3', SCTP_MEMBER]));
  }
});

afterAll(async () => {
  driver?.close();
  for (const server of servers) await server.stop();
  await world?.close();
});

function balancer(port: number): LoadBalancer {
  const { vip: network } = world.lab.networks;
  return {
    id: randomUUID(),
    listenerId: randomUUID(),
    poolId: randomUUID(),
    port,
    vips: [{ address: network.host(VIP_HOST), cidr: network.cidr, gateway: network.gateway }],
    amphorae: [{ id: amphora.id, vrrpAddress: network.host(VRRP_HOST) }],
    members: world.members.map(({ address }) => ({ id: randomUUID(), address, port: 80 })),
  };
}

/** Calls a method of Octavia's own driver. */
async function ask(method: string, ...args: unknown[]): Promise<void> {
  const answer = await driver.call(method, ...args);
  expect('error' in answer ? answer : 'done', method).toBe('done');
}

const vip = (): string => world.lab.networks.vip.host(VIP_HOST);

/** Returns the number of connections of the listener in the heartbeats since a time (Date.now()). */
const connections = (listener: string, since = 0): number =>
  world.healthManager.heartbeats
    .filter(({ receivedAt }) => receivedAt >= since)
    .reduce((sum, { message }) => sum + (message.listeners[listener]?.stats?.['totconns'] ?? 0), 0);

const counted = (listener: string): Promise<void> =>
  expect.poll(() => connections(listener), { timeout: SOON_MS }).toBeGreaterThan(0);

async function fromClient(argv: readonly [string, ...string[]]): Promise<string> {
  const { exitCode, stdout } = await world.lab.client.run(argv, { okCodes: ANY_CODE, timeoutMs: 10_000 });
  return exitCode === 0 ? stdout.trim() : '';
}

const overHttps = (): Promise<string> =>
  fromClient(['curl', '--silent', '--insecure', '--max-time', '5', `https://${vip()}/`]);
const overUdp = (): Promise<string> => fromClient(['sh', '-c', `echo hello | socat -t 2 - UDP4:${vip()}:53`]);
/** Sends the check of Octavia's SCTP monitor to the VIP: INIT, INIT ACK and ABORT go through IPVS. */
async function takesAssociations(): Promise<boolean> {
  const argv = [HEALTH_CHECKER, 'sctp', '-t', '2', vip(), `${SCTP_PORT}`] as const;
  return (await world.lab.client.run(argv, { okCodes: ANY_CODE })).exitCode === 0;
}
const overHttp = (): Promise<string | undefined> => fetchThroughVip(world.lab, vip());

const poll = <Value>(question: () => Promise<Value>) => expect.poll(question, { timeout: SOON_MS });

describe('an amphora that was booted from the image', () => {
  it('sends heartbeats and answers requests without any manual step', async () => {
    await bootedBy(world, amphora);
    expect(await answersInfo(amphora)).toBe(200);
    await ask('get_api_version');
  });

  it('has its units running, and keys in memory only', async () => {
    await expect
      .poll(() => amphora.shell('systemctl is-system-running'), { timeout: BOOT_MS })
      .toBe('running');
    expect(await amphora.shell('findmnt --noheadings --output FSTYPE /var/lib/octavia/certs')).toBe('tmpfs');
    const memory = Number(await amphora.shell(AGENT_MEMORY('amphora-agent'))) / 1024;
    expect(memory).toBeGreaterThan(0);
    report('memory of the agent at rest', memory, 'MiB PSS');
  });

  it('has no Python, and loads the modules of the kernel that a listener may need', async () => {
    expect(await amphora.shell('command -v python3 || echo none')).toBe('none');
    const modules = 'sctp ip_vs ip_vs_rr ip_vs_wlc nf_conntrack nft_masq nft_ct vrf 8021q tls';
    expect(await amphora.shell(`modprobe --all ${modules} && echo loaded`)).toBe('loaded');
  });

  it('takes the interfaces that nova plugs while it runs', async () => {
    const { vip: vips, member } = world.lab.networks;
    const mac = await amphora.plugNic('vip');
    await ask('plug_vip', vip(), {
      mac_address: mac,
      subnet_cidr: vips.cidr,
      gateway: vips.gateway,
      vrrp_ip: vips.host(VRRP_HOST),
      mtu: 1450,
      host_routes: [],
    });
    await ask('plug_network', {
      mac_address: await amphora.plugNic('member'),
      fixed_ips: [
        {
          ip_address: member.host(NETWORK_HOST),
          subnet_cidr: member.cidr,
          gateway: member.gateway,
          host_routes: [],
        },
      ],
      mtu: 1450,
    });
    expect(await amphora.shell('ip netns exec amphora-haproxy ip -brief address')).toMatch(
      new RegExp(`^eth1.* ${vip()}/32`, 'm'),
    );
  });

  it('balances HTTP and counts it', async () => {
    await ask('upload_config', web.id, haproxyConfigText(web));
    await ask('start_listener', web.id);
    await poll(overHttp).toMatch(/^member/);
    await counted(web.listenerId);
  });

  it('balances HTTPS with the uploaded key', async () => {
    const authority = world.pki.serverAuthority;
    const request = { name: 'web', commonName: 'web', purpose: 'server' } as const;
    const pem = await readFile(await issueCertificate(authority, world.directory, request));
    await ask('upload_cert_pem', secure.id, 'web.pem', pem.toString());
    const bind = `bind ${vip()}:${secure.port}`;
    const crt = `${bind} ssl crt /var/lib/octavia/certs/${secure.id}/web.pem`;
    await ask(
      'upload_config',
      secure.id,
      haproxyConfigText(secure)
        .replace(bind, crt)
        .replace(/^peers .*\n.*\n/m, ''),
    );
    await ask('start_listener', secure.id);
    await poll(overHttps).toMatch(/^member/);
    await counted(secure.listenerId);
  });

  it('balances UDP with IPVS and counts it', async () => {
    const members = [...world.members.map(({ address }) => address), V6.member].map((address) => ({
      ...{ id: randomUUID(), address, port: UDP_PORT },
    }));
    const text = lvsConfigText({ vips4: [vip()], vips6: [V6.vip], members, isMonitored: false });
    await ask('upload_udp_config', LVS.listener, text);
    await ask('start_listener', LVS.listener);
    await poll(overUdp).toMatch(/^member/);
    await counted(LVS.listener);
    expect(world.healthManager.heartbeats.at(-1)?.message.pools).toHaveProperty([LVS.pool, 'status'], 'UP');
  });

  it('balances SCTP with IPVS and counts it', async () => {
    const members = world.members.map(({ address }) => ({ id: randomUUID(), address, port: SCTP_PORT }));
    const settings = {
      listener: SCTP_LISTENER,
      protocol: 'SCTP',
      vips4: [vip()],
      members,
      isMonitored: false,
    };
    const text = lvsConfigText(settings).replace(`${vip()} 53`, `${vip()} ${SCTP_PORT}`);
    await ask('upload_udp_config', SCTP_LISTENER, text.replaceAll('ipv4-group', 'sctp-group'));
    await ask('start_listener', SCTP_LISTENER);
    await poll(takesAssociations).toBe(true);
    await counted(SCTP_LISTENER);
  });

  testVirtualServiceDrift(() => ({
    ...{ world, amphora, vip: vip(), v6: V6, udpPort: UDP_PORT, ask, takesAssociations },
    sctp: { listener: SCTP_LISTENER, port: SCTP_PORT },
  }));

  it('goes on with a new certificate of its own', async () => {
    const certificate = await readFile(
      await issueServerCertificate(world.pki, amphora.id, ['127.0.0.2']),
      'utf8',
    );
    await ask('update_cert_for_rotation', certificate);
    await poll(() => answersInfo(amphora)).toBe(200);
    await ask('get_info');
  });

  it('serves everything again after a reboot but TLS, whose keys were in memory', async () => {
    await amphora.reboot();
    await bootedBy(world, amphora, 'reboot');
    await poll(overHttp).toMatch(/^member/);
    await poll(overUdp).toMatch(/^member/);
    await poll(takesAssociations).toBe(true);
    // until there were more than before the reboot, the two cannot be distinguished
    const afterOneMore = async (): Promise<number> => {
      await overHttp();
      return connections(web.listenerId, amphora.startedAt());
    };
    await poll(afterOneMore).toBeGreaterThan(0);
    expect(await overHttps()).toBe('');
  });
});
