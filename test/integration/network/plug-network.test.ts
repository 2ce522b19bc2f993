import { describe, expect, it } from 'vitest';
import { InterfaceExists, NotFound, PlugFailed } from '../../../src/errors.ts';
import { plugNetwork } from '../../../src/operations/network/plug-network.ts';
import { findInterface, plugVip } from '../../../src/operations/network/plug-vip.ts';
import { parsePlugVip } from '../../../src/schemas/plug.ts';
import { parsePlugNetwork } from '../../../src/schemas/plug-network.ts';
import { openConnection } from '../../support/network/living-connection.ts';
import { useNetworkLab } from '../../support/network/use-network-lab.ts';

const { lab } = useNetworkLab();

interface FixedIp {
  readonly ip_address: string;
  readonly subnet_cidr: string;
  readonly gateway?: string | null;
  readonly host_routes?: readonly object[];
}

const MEMBER_SUBNET = { subnet_cidr: '10.95.0.0/24', gateway: '10.95.0.1', host_routes: [] };
const MEMBER_SUBNET_6 = { subnet_cidr: 'fd95::/64', gateway: 'fd95::1', host_routes: [] };

const plug = (macAddress: string, fixedIps: readonly FixedIp[], more: object = {}) =>
  plugNetwork(
    lab.context,
    parsePlugNetwork({ mac_address: macAddress, fixed_ips: fixedIps, mtu: 1450, ...more }),
    { refusePlugged: false },
  );

const VIP = {
  subnet_cidr: '10.90.0.0/24',
  gateway: '10.90.0.1',
  vrrp_ip: '10.90.0.3',
  mtu: 1400,
  host_routes: [],
};

const plugTheVip = async (more: object = {}) => {
  const nic = await lab.addNic();
  const body = { ...VIP, mac_address: nic.macAddress, ...more };
  await plugVip(lab.context, parsePlugVip('10.90.0.10', body));
  return nic;
};

const addresses = (name: string): Promise<string> =>
  lab.inside('ip', '-brief', 'address', 'show', 'dev', name);
const mainRoutes = async (): Promise<string> =>
  (await lab.inside('ip', 'route', 'show', 'table', 'main')) +
  (await lab.inside('ip', '-6', 'route', 'show', 'table', 'main'));
const vipState = async (): Promise<string> =>
  (await lab.inside('ip', '-4', 'address', 'show', 'dev', 'eth1')) +
  (await lab.inside('ip', '-4', 'route', 'show', 'table', 'all', 'dev', 'eth1')) +
  (await lab.inside('ip', '-6', 'route', 'show', 'table', 'all', 'dev', 'eth1', 'proto', 'static')) +
  (await lab.inside('ip', 'rule')) +
  (await lab.inside('ip', '-6', 'rule'));

describe('a plug of a member network', () => {
  it('gives the first free name from eth2 on, with addresses, host routes and MTU, and does not touch the VIP', async () => {
    await plugTheVip();
    const before = await vipState();
    const [one, two] = [await lab.addNic(), await lab.addNic()];
    const hostRoutes = [{ destination: '192.168.7.0/24', nexthop: '10.95.0.254' }];

    expect(
      await plug(one.macAddress.toUpperCase(), [
        { ip_address: '10.95.0.5', ...MEMBER_SUBNET, host_routes: hostRoutes },
        { ip_address: 'FD95:0::0005', ...MEMBER_SUBNET_6 },
      ]),
    ).toEqual({ interfaceName: 'eth2', updated: false, refusedRoutes: [] });
    expect(
      await plug(two.macAddress, [{ ip_address: '10.96.0.5', subnet_cidr: '10.96.0.0/24' }], { mtu: 1300 }),
    ).toEqual({ interfaceName: 'eth3', updated: false, refusedRoutes: [] });

    expect(await addresses('eth2')).toMatch(/UP\s+10\.95\.0\.5\/24 fd95::5\/64/);
    expect(await addresses('eth3')).toMatch(/UP\s+10\.96\.0\.5\/24/);
    expect(await lab.inside('ip', 'link', 'show', 'dev', 'eth2')).toContain('mtu 1450');
    expect(await lab.inside('ip', 'link', 'show', 'dev', 'eth3')).toContain('mtu 1300');
    const routes = await mainRoutes();
    expect(routes).toContain('192.168.7.0/24 via 10.95.0.254 dev eth2 proto static onlink');
    expect(routes).not.toMatch(/default via (10\.95|fd95)/);
    expect(await vipState()).toBe(before);
    expect(await lab.files.readText('/var/lib/octavia/plugged_interfaces')).toMatch(
      new RegExp(` eth1\\n${one.macAddress} eth2\\n${two.macAddress} eth3\\n$`),
    );
    expect(JSON.parse((await lab.files.readText('/etc/octavia/interfaces/eth3.json')) ?? '')).toEqual({
      name: 'eth3',
      if_type: 'backend',
      mtu: 1300,
      addresses: [{ address: '10.96.0.5', prefixlen: 24 }],
      routes: [],
      rules: [],
      scripts: { up: [], down: [] },
      is_sriov: false,
    });
  });

  it('gives the name of a removed NIC to the next one', async () => {
    const [one, two, three] = [await lab.addNic(), await lab.addNic(), await lab.addNic()];
    await plug(one.macAddress, [{ ip_address: '10.95.0.5', ...MEMBER_SUBNET }]);
    await plug(two.macAddress, [{ ip_address: '10.96.0.5', subnet_cidr: '10.96.0.0/24' }]);
    await lab.inside('ip', 'link', 'delete', 'eth2');

    const plugged = await plug(three.macAddress, [{ ip_address: '10.97.0.5', subnet_cidr: '10.97.0.0/24' }]);

    expect(plugged).toEqual({ interfaceName: 'eth2', updated: false, refusedRoutes: [] });
    expect(await lab.files.readText('/var/lib/octavia/plugged_interfaces')).toBe(
      `${two.macAddress} eth3\n${three.macAddress} eth2\n`,
    );
  });

  it('gives two names to two NICs at the same time', async () => {
    const [one, two] = [await lab.addNic(), await lab.addNic()];

    const plugged = await Promise.all([
      plug(one.macAddress, [{ ip_address: '10.95.0.5', ...MEMBER_SUBNET }]),
      plug(two.macAddress, [{ ip_address: '10.96.0.5', subnet_cidr: '10.96.0.0/24' }]),
    ]);

    expect(plugged.map(({ interfaceName }) => interfaceName)).toEqual(['eth2', 'eth3']);
  });

  it('of a missing NIC changes nothing', async () => {
    const failure = plug('fa:16:3e:ff:ff:ff', [{ ip_address: '10.95.0.5', ...MEMBER_SUBNET }]);

    await expect(failure).rejects.toThrow(NotFound);

    expect(await lab.files.exists('/etc/octavia/interfaces/eth2.json')).toBe(false);
    expect(await lab.files.exists('/var/lib/octavia/plugged_interfaces')).toBe(false);
  });

  it('in API 0.5 refuses a plugged network, but completes an interrupted plug', async () => {
    const nic = await lab.addNic();
    const request = parsePlugNetwork({
      mac_address: nic.macAddress,
      fixed_ips: [{ ip_address: '10.95.0.5', ...MEMBER_SUBNET }],
    });
    const plugOnce = () => plugNetwork(lab.context, request, { refusePlugged: true });
    await lab.context.host.network.ensure();
    await lab.context.host.network.moveIn(nic.name, 'eth2');

    expect(await plugOnce()).toEqual({ interfaceName: 'eth2', updated: false, refusedRoutes: [] });
    await expect(plugOnce()).rejects.toThrow(InterfaceExists);
    expect(await findInterface(lab.context, '10.95.0.5')).toBe('eth2');
  });

  it('that fails reports the message of the kernel', async () => {
    const nic = await lab.addNic();
    await lab.context.host.network.ensure();
    await lab.inside(
      ...(['sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1'] as const),
      'net.ipv6.conf.default.disable_ipv6=1',
    );

    const failure = await plug(nic.macAddress, [{ ip_address: 'fd95::5', ...MEMBER_SUBNET_6 }]).catch(
      (error: unknown) => error,
    );

    expect(failure).toBeInstanceOf(PlugFailed);
    expect(failure).toMatchObject({ port: 'network', output: expect.stringContaining('fd95::5') });
  });
});

describe('a repeated plug of a member network', () => {
  it('adds and removes addresses and routes without breaking connections, with promote_secondaries off', async () => {
    const nic = await lab.addNic();
    await lab.run('ip', 'address', 'add', '10.95.0.1/24', 'dev', nic.peer);
    await lab.run('ip', 'address', 'add', 'fd95::1/64', 'dev', nic.peer, 'nodad');
    const going = { destination: '192.168.7.0/24', nexthop: '10.95.0.254' };
    const coming = { destination: '192.168.8.0/24', nexthop: '10.95.0.254' };
    await plug(nic.macAddress, [
      { ip_address: '10.95.0.4', ...MEMBER_SUBNET, host_routes: [going] },
      { ip_address: '10.95.0.5', ...MEMBER_SUBNET },
      { ip_address: 'fd95::5', ...MEMBER_SUBNET_6 },
    ]);
    await lab.inside('sysctl', '-qw', 'net.ipv4.conf.all.promote_secondaries=0');
    const connections = [
      await openConnection({ server: '10.95.0.1', client: '10.95.0.5' }),
      await openConnection({ server: 'fd95::1', client: 'fd95::5' }),
    ];
    try {
      for (const connection of connections) await connection.echo('before');

      const plugged = await plug(nic.macAddress, [
        { ip_address: '10.95.0.5', ...MEMBER_SUBNET, host_routes: [coming] },
        { ip_address: '10.95.0.6', ...MEMBER_SUBNET },
        { ip_address: 'fd95::5', ...MEMBER_SUBNET_6 },
        { ip_address: 'fd95::6', ...MEMBER_SUBNET_6 },
      ]);

      expect(plugged).toEqual({ interfaceName: 'eth2', updated: true, refusedRoutes: [] });
      for (const connection of connections) await connection.echo('after');
    } finally {
      for (const connection of connections) await connection.close();
    }
    const now = await addresses('eth2');
    for (const address of ['10.95.0.5/24', '10.95.0.6/24', 'fd95::5/64', 'fd95::6/64']) {
      expect(now).toContain(address);
    }
    expect(now).not.toContain('10.95.0.4/');
    const routes = await mainRoutes();
    expect(routes).toContain('192.168.8.0/24 via 10.95.0.254');
    expect(routes).not.toContain('192.168.7.0/24');
  });

  it('with the same body changes nothing in the kernel', async () => {
    const nic = await lab.addNic();
    const fixedIps = [{ ip_address: '10.95.0.5', ...MEMBER_SUBNET }];
    await plug(nic.macAddress, fixedIps);
    await lab.inside('ip', 'address', 'change', '10.95.0.5/24', 'dev', 'eth2', 'metric', '77');

    expect(await plug(nic.macAddress, fixedIps)).toEqual({
      interfaceName: 'eth2',
      updated: true,
      refusedRoutes: [],
    });

    expect(await lab.inside('ip', 'address', 'show', 'dev', 'eth2')).toContain('10.95.0.5/24 metric 77');
  });
});

describe("a plug of a subnet on the VIP's own port", () => {
  const SECOND = {
    ip_address: '10.91.0.3',
    subnet_cidr: '10.91.0.0/24',
    gateway: '10.91.0.1',
    host_routes: [],
  };
  /** The body of Debian's driver: no additional VIPs, no is_sriov. */
  const vipNetInfo = { vip: '10.90.0.10', ...VIP, additional_vips: [] };

  it('with vip_net_info adds its address and keeps VIP, rules and routes', async () => {
    const nic = await plugTheVip();
    await lab.run('ip', 'address', 'add', '10.90.0.1/24', 'dev', nic.peer);
    const before = await vipState();
    const connection = await openConnection({ server: '10.90.0.1', client: '10.90.0.10' });
    try {
      const fixedIps = [
        { ip_address: '10.90.0.3', subnet_cidr: '10.90.0.0/24', gateway: '10.90.0.1' },
        SECOND,
      ];
      const plugged = await plug(nic.macAddress, fixedIps, { mtu: 1400, vip_net_info: vipNetInfo });

      expect(plugged).toEqual({ interfaceName: 'eth1', updated: true, refusedRoutes: [] });
      expect(await addresses('eth1')).toContain('10.91.0.3/24');
      await connection.echo('through');

      await plug(nic.macAddress, fixedIps.slice(0, 1), { mtu: 1400, vip_net_info: vipNetInfo });

      await connection.echo('again');
    } finally {
      await connection.close();
    }
    expect(await vipState()).toBe(before);
  });

  it('with vip_net_info keeps the additional VIPs, which the request does not name', async () => {
    const additional = {
      ip_address: 'fd00::10',
      subnet_cidr: 'fd00::/64',
      gateway: 'fd00::1',
      host_routes: [],
    };
    const nic = await plugTheVip({ additional_vips: [additional], is_sriov: true });
    const before = await vipState();

    await plug(nic.macAddress, [], { mtu: 1400, vip_net_info: vipNetInfo });

    expect(await vipState()).toBe(before);
    expect(await findInterface(lab.context, 'fd00::10')).toBe('eth1');
    const file = JSON.parse((await lab.files.readText('/etc/octavia/interfaces/eth1.json')) ?? '');
    expect(file).toMatchObject({ if_type: 'vip', is_sriov: true });
  });

  it('without vip_net_info keeps the VIP', async () => {
    const nic = await plugTheVip();
    const before = await vipState();

    expect(await plug(nic.macAddress, [], { mtu: 1400 })).toEqual({
      interfaceName: 'eth1',
      updated: true,
      refusedRoutes: [],
    });
    expect(await vipState()).toBe(before);

    await plug(nic.macAddress, [SECOND], { mtu: 1400 });
    expect(await addresses('eth1')).toContain('10.91.0.3/24');
    expect(await findInterface(lab.context, '10.90.0.10')).toBe('eth1');
    expect(await lab.inside('ip', 'rule')).toContain('from 10.90.0.10 lookup 1');
  });
});
