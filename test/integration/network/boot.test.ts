import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Topology } from '../../../src/domain/network/interface-plan.ts';
import { AMPHORA_NAMESPACE } from '../../../src/domain/paths.ts';
import { type Argv, createCommandRunner } from '../../../src/host/command.ts';
import { plugNetwork } from '../../../src/operations/network/plug-network.ts';
import { findInterface, plugLoopback, plugVip } from '../../../src/operations/network/plug-vip.ts';
import { setVipRules } from '../../../src/operations/network/vip-firewall.ts';
import { parsePlugVip } from '../../../src/schemas/plug.ts';
import { parsePlugNetwork } from '../../../src/schemas/plug-network.ts';
import { useNetworkLab } from '../../support/network/use-network-lab.ts';
import { programs } from '../programs.ts';

const { lab, startWith } = useNetworkLab();
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'boot-test-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** The command that amphora-netns.service runs; it reads files on disk only. */
const boot = async (topology: Topology = 'SINGLE'): Promise<{ exitCode: number; log: string }> => {
  const config = path.join(directory, 'agent.conf');
  const id = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';
  await writeFile(
    config,
    `[amphora_agent]\namphora_id = ${id}\n[controller_worker]\nloadbalancer_topology = ${topology}\n`,
  );
  const { exitCode, output } = await createCommandRunner().run(
    [...programs.agent, '--config-file', config, 'netns', '--up'],
    { timeoutMs: 60_000, okCodes: [0, 2] },
  );
  return { exitCode, log: output };
};

/** Removes everything in the namespace as a reboot does; the NICs appear again outside of it. */
const loseEverything = async (): Promise<void> => {
  await lab.run('ip', 'netns', 'delete', AMPHORA_NAMESPACE);
  await expect.poll(() => lab.run('ip', '-brief', 'link', 'show', 'type', 'veth')).toBe('');
};

const stateText = async (): Promise<string> => {
  const parts = [
    ['ip', '-brief', 'address'],
    ['ip', '-4', 'route', 'show', 'table', 'all'],
    ['ip', '-6', 'route', 'show', 'table', 'all', 'proto', 'static'],
    ['ip', '-4', 'rule'],
    ['ip', '-6', 'rule'],
  ] as const satisfies Argv[];
  const texts: string[] = [];
  for (const [program, ...args] of parts)
    texts.push(...(await lab.inside(program, ...args)).split('\n').sort());
  // nft and ip print entries in the order in which they were added
  texts.push(...(await lab.inside('nft', 'list', 'ruleset')).split(/^(?=table )/m).sort());
  const links: { ifname: string; mtu: number }[] = JSON.parse(await lab.inside('ip', '-json', 'link'));
  const mtus = links.map(({ ifname, mtu }) => `${ifname} ${mtu}`);
  // the numbers of link peers change with the new NICs
  return [...texts, ...mtus.sort()]
    .join('\n')
    .replaceAll(/@if\d+/g, '     ')
    .replaceAll(/ +/g, ' ');
};

/** Plugs a dual-stack VIP and two member networks. @returns their MACs */
const plugAmphora = async (topology: Topology, isSriov: boolean): Promise<string[]> => {
  startWith({ topology });
  await plugLoopback(lab.context);
  const nics = [await lab.addNic(), await lab.addNic(), await lab.addNic()];
  const [vip = '', one = '', two = ''] = nics.map(({ macAddress }) => macAddress);
  const additional = { ip_address: 'fd90::10', subnet_cidr: 'fd90::/64', gateway: 'fd90::1' };
  const body = {
    subnet_cidr: '10.90.0.0/24',
    gateway: '10.90.0.1',
    vrrp_ip: '10.90.0.3',
    mtu: 1450,
    host_routes: [{ destination: '192.168.9.0/24', nexthop: '10.90.0.254' }],
    additional_vips: [additional],
    is_sriov: isSriov,
  };
  await plugVip(lab.context, parsePlugVip('10.90.0.10', { ...body, mac_address: vip }));
  const networks = [
    [one, { ip_address: '10.95.0.5', subnet_cidr: '10.95.0.0/24' }],
    [two, { ip_address: 'fd96::5', subnet_cidr: 'fd96::/64' }],
  ] as const;
  for (const [macAddress, fixedIp] of networks) {
    const hostRoutes = fixedIp.ip_address.includes(':')
      ? [{ destination: 'fd97::/64', nexthop: 'fd96::fe' }]
      : [{ destination: '192.168.8.0/24', nexthop: '10.95.0.254' }];
    const request = {
      mac_address: macAddress,
      mtu: 1400,
      fixed_ips: [{ ...fixedIp, host_routes: hostRoutes }],
    };
    await plugNetwork(lab.context, parsePlugNetwork(request), { refusePlugged: false });
  }
  return [vip, one, two];
};

describe('a reboot', () => {
  it.each([
    ['SINGLE', false],
    ['ACTIVE_STANDBY', false],
    ['SINGLE', true],
  ] as const)(
    'restores all interfaces from the files on disk (%s, SR-IOV: %j)',
    async (topology, isSriov) => {
      const macAddresses = await plugAmphora(topology, isSriov);
      if (isSriov) {
        await setVipRules(lab.context, [{ protocol: 'tcp', source: '10.0.0.0/8', port: 80 }]);
      }
      const before = await stateText();
      expect(before).toContain(isSriov ? 'tcp dport 80 accept' : 'masquerade');
      await loseEverything();
      for (const macAddress of macAddresses.toReversed()) await lab.addNic({ macAddress });

      expect(await boot(topology)).toEqual({ exitCode: 0, log: '' });

      expect(await stateText()).toBe(before);
    },
  );

  it('finds NICs with altnames, and NICs that have the name of another one outside the namespace', async () => {
    const [vip = '', one = '', two = ''] = await plugAmphora('SINGLE', false);
    const before = await stateText();
    await loseEverything();
    const nics = [
      await lab.addNic({ macAddress: vip }),
      await lab.addNic({ macAddress: one }),
      await lab.addNic({ macAddress: two }),
    ];
    const names = ['eth2', 'eth1', 'ens5'];
    for (const [index, { name }] of nics.entries()) {
      await lab.run('ip', 'link', 'set', name, 'name', names[index] ?? '');
      await lab.run('ip', 'link', 'property', 'add', 'dev', names[index] ?? '', 'altname', `enp0s${index}`);
    }

    expect(await boot()).toEqual({ exitCode: 0, log: '' });

    expect(await stateText()).toBe(before);
  });

  it('without one of the NICs reports it and restores the others', async () => {
    const [vip = '', one = '', two = ''] = await plugAmphora('SINGLE', false);
    await loseEverything();
    await lab.addNic({ macAddress: vip });
    await lab.addNic({ macAddress: two });

    const { exitCode, log } = await boot();

    expect(exitCode).toBe(2);
    expect(log).toMatch(new RegExp(`"interface":"eth2","macAddress":"${one}".*plugged interface is missing`));
    expect(await findInterface(lab.context, '10.90.0.10')).toBe('eth1');
    expect(await findInterface(lab.context, 'fd96::5')).toBe('eth3');
  });

  it('whose unit runs twice changes nothing', async () => {
    const macAddresses = await plugAmphora('SINGLE', false);
    const before = await stateText();
    await loseEverything();
    for (const macAddress of macAddresses) await lab.addNic({ macAddress });
    await boot();

    expect(await boot()).toEqual({ exitCode: 0, log: '' });

    expect(await stateText()).toBe(before);
  });

  it('with a damaged firewall file leaves the SR-IOV VIP closed, and reports it', async () => {
    const macAddresses = await plugAmphora('SINGLE', true);
    const before = await stateText();
    await lab.files.write('/var/lib/octavia/nftables-vip.rules', 'table inet amph', { mode: 0o600 });
    await loseEverything();
    for (const macAddress of macAddresses) await lab.addNic({ macAddress });

    const { exitCode, log } = await boot();

    expect(exitCode).toBe(0);
    expect(log).toContain('no rules in the firewall file');
    expect(await stateText()).toBe(before);
  });
});
