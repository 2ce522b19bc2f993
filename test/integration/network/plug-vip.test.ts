import { beforeEach, describe, expect, it } from 'vitest';
import { InterfaceExists, NotFound, PlugFailed } from '../../../src/errors.ts';
import { findInterface, plugLoopback, plugVip } from '../../../src/operations/network/plug-vip.ts';
import { parsePlugVip } from '../../../src/schemas/plug.ts';
import type { NetworkLabOptions } from '../../support/network/network-lab.ts';
import { useNetworkLab } from '../../support/network/use-network-lab.ts';

const { lab, startWith } = useNetworkLab();

const start = (options: NetworkLabOptions = {}): void => {
  startWith(options);
};

beforeEach(() => start());

const IPV4 = { subnet_cidr: '10.90.0.0/24', gateway: '10.90.0.1', vrrp_ip: '10.90.0.3', mtu: 1400 };
const IPV6_VIP = { ip_address: 'FD00:0::0010', subnet_cidr: 'fd00::/64', gateway: 'fd00::1' };

const withoutKernelParts = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(
      (line) =>
        line !== '' && !/table local|fe80::|proto kernel metric|lookup (local|main|default)/.test(line),
    );

describe('a plug of a VIP', () => {
  it('makes the addresses, routes and rules of a SINGLE topology with both IP versions', async () => {
    const nic = await lab.addNic();
    const body = {
      ...IPV4,
      mac_address: nic.macAddress.toUpperCase(),
      host_routes: [{ destination: '192.168.9.0/24', nexthop: '10.90.0.254' }],
      additional_vips: [IPV6_VIP],
    };

    const plugged = await plugVip(lab.context, parsePlugVip('10.90.0.10', body));

    expect(plugged).toEqual({
      interfaceName: 'eth1',
      vips: ['10.90.0.10', 'fd00:0000:0000:0000:0000:0000:0000:0010'],
      refusedRoutes: [],
    });
    const routes = await lab.inside('ip', 'route', 'show', 'table', 'all', 'dev', 'eth1');
    expect(withoutKernelParts(routes)).toEqual([
      'default via 10.90.0.1 table 1 proto static onlink',
      '10.90.0.0/24 table 1 proto static scope link src 10.90.0.10',
      '192.168.9.0/24 via 10.90.0.254 table 1 proto static onlink',
      'default via 10.90.0.1 proto static onlink',
      '10.90.0.0/24 proto kernel scope link src 10.90.0.3',
      '192.168.9.0/24 via 10.90.0.254 proto static onlink',
      'fd00::/64 table 1 proto static src fd00::10 metric 1024 pref medium',
      'default via fd00::1 table 1 proto static metric 1024 onlink pref medium',
      'fd00::/64 proto static metric 1024 pref medium',
      'default via fd00::1 proto static metric 1024 onlink pref medium',
    ]);
    const rules = (await lab.inside('ip', 'rule')) + (await lab.inside('ip', '-6', 'rule'));
    expect(withoutKernelParts(rules)).toEqual([
      '32000:\tfrom 10.90.0.10 lookup 1 proto static',
      '32000:\tfrom fd00::10 lookup 1 proto static',
    ]);
    const link = await lab.inside('ip', '-brief', 'address', 'show', 'dev', 'eth1');
    expect(link).toMatch(/UP\s+10\.90\.0\.3\/24 10\.90\.0\.10\/32 fd00::10\/128/);
    expect(await lab.inside('ip', 'link', 'show', 'dev', 'eth1')).toContain('mtu 1400');
    expect(await lab.inside('ip', '-6', 'address', 'show', 'dev', 'eth1', 'tentative')).toBe('');
    expect(await lab.files.readText('/var/lib/octavia/plugged_interfaces')).toBe(`${nic.macAddress} eth1\n`);
  });

  it('does not set the VIP, which keepalived does, in ACTIVE_STANDBY', async () => {
    start({ topology: 'ACTIVE_STANDBY' });
    const nic = await lab.addNic();

    await plugVip(lab.context, parsePlugVip('10.90.0.10', { ...IPV4, mac_address: nic.macAddress }));

    expect(await lab.inside('ip', 'address', 'show', 'dev', 'eth1')).not.toContain('10.90.0.10');
    expect(withoutKernelParts(await lab.inside('ip', 'rule'))).toEqual([]);
    const routes = await lab.inside('ip', 'route', 'show', 'table', 'all', 'dev', 'eth1');
    expect(withoutKernelParts(routes)).toEqual([
      'default via 10.90.0.1 proto static onlink',
      '10.90.0.0/24 proto kernel scope link src 10.90.0.3',
    ]);
  });

  it('costs few processes', async () => {
    const nic = await lab.addNic();
    const request = parsePlugVip('10.90.0.10', { ...IPV4, mac_address: nic.macAddress });
    await lab.context.host.network.ensure();
    lab.programsRun();

    await plugVip(lab.context, request);

    // lo, two lists of links, the move, nft, two reads of the state, one batch, two more reads, two advertisements
    expect(lab.programsRun()).toBe(12);
  });

  it('is refused if the VIP is plugged already, in any spelling of the MAC', async () => {
    const nic = await lab.addNic();
    const body = { ...IPV4, mac_address: nic.macAddress };
    await plugVip(lab.context, parsePlugVip('10.90.0.10', body));

    const again = parsePlugVip('10.90.0.10', { ...body, mac_address: nic.macAddress.toUpperCase() });
    await expect(plugVip(lab.context, again)).rejects.toThrow(InterfaceExists);

    const other = await lab.addNic();
    const otherRequest = parsePlugVip('10.90.0.10', { ...body, mac_address: other.macAddress });
    await expect(plugVip(lab.context, otherRequest)).rejects.toThrow(InterfaceExists);
  });

  it('that is requested twice at the same time is done once', async () => {
    const nic = await lab.addNic();
    const request = parsePlugVip('10.90.0.10', { ...IPV4, mac_address: nic.macAddress });

    const outcomes = await Promise.allSettled([plugVip(lab.context, request), plugVip(lab.context, request)]);

    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(outcomes[1]).toMatchObject({ reason: expect.any(InterfaceExists) });
  });

  it('without a NIC of the requested MAC changes nothing', async () => {
    const request = parsePlugVip('10.90.0.10', { ...IPV4, mac_address: 'fa:16:3e:ff:ff:ff' });

    await expect(plugVip(lab.context, request)).rejects.toThrow(NotFound);

    expect(await lab.files.exists('/etc/octavia/interfaces/eth1.json')).toBe(false);
    expect(await lab.files.exists('/var/lib/octavia/plugged_interfaces')).toBe(false);
  });

  it('never uses the loopback as a NIC', async () => {
    const request = parsePlugVip('10.90.0.10', { ...IPV4, mac_address: '00:00:00:00:00:00' });

    await expect(plugVip(lab.context, request)).rejects.toThrow(NotFound);
  });

  it('works with a NIC that has an altname, is up, and is called eth1 outside', async () => {
    const nic = await lab.addNic();
    await lab.run('ip', 'link', 'set', nic.name, 'name', 'eth1');
    await lab.run('ip', 'link', 'property', 'add', 'dev', 'eth1', 'altname', 'enp0s9');
    await lab.run('ip', 'link', 'set', 'eth1', 'up');

    await plugVip(lab.context, parsePlugVip('10.90.0.10', { ...IPV4, mac_address: nic.macAddress }));

    expect(await findInterface(lab.context, '10.90.0.10')).toBe('eth1');
  });

  it('that failed half-way succeeds on a retry', async () => {
    const nic = await lab.addNic();
    const body = { ...IPV4, mac_address: nic.macAddress };
    await lab.context.host.network.ensure();
    await lab.inside(
      'sysctl',
      '-qw',
      'net.ipv6.conf.all.disable_ipv6=1',
      'net.ipv6.conf.default.disable_ipv6=1',
    );
    const request = parsePlugVip('10.90.0.10', { ...body, additional_vips: [IPV6_VIP] });

    const failure = await plugVip(lab.context, request).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PlugFailed);
    expect(failure).toMatchObject({ port: 'vip', output: expect.stringContaining('fd00::10') });

    await lab.inside(
      'sysctl',
      '-qw',
      'net.ipv6.conf.all.disable_ipv6=0',
      'net.ipv6.conf.eth1.disable_ipv6=0',
    );
    await plugVip(lab.context, request);
    expect(await findInterface(lab.context, 'fd00::10')).toBe('eth1');
    expect(await lab.files.readText('/var/lib/octavia/plugged_interfaces')).toBe(`${nic.macAddress} eth1\n`);
  });

  it('that was interrupted between the move and the addresses succeeds on a retry', async () => {
    const nic = await lab.addNic();
    await lab.context.host.network.ensure();
    await lab.context.host.network.moveIn(nic.name, 'eth1');

    await plugVip(lab.context, parsePlugVip('10.90.0.10', { ...IPV4, mac_address: nic.macAddress }));

    expect(await findInterface(lab.context, '10.90.0.10')).toBe('eth1');
  });

  it('fails if another host has the IPv6 VIP, and succeeds on a retry when that host is gone', async () => {
    const nic = await lab.addNic();
    await lab.run('ip', 'address', 'add', 'fd00::10/64', 'dev', nic.peer, 'nodad');
    const request = parsePlugVip('fd00::10', {
      ...IPV6_VIP,
      mac_address: nic.macAddress,
      vrrp_ip: 'fd00::3',
    });

    const failure = await plugVip(lab.context, request).catch((error: unknown) => error);
    expect(failure).toMatchObject({ output: expect.stringContaining("fd00::10 can't be used") });

    await lab.run('ip', 'address', 'del', 'fd00::10/64', 'dev', nic.peer);
    await plugVip(lab.context, request);
    const routes = await lab.inside('ip', '-6', 'route', 'show', 'table', '1');
    expect(routes).toContain('fd00::/64 dev eth1 proto static src fd00::10');
  });

  it('succeeds without a host route that the kernel refuses', async () => {
    const nic = await lab.addNic();
    const hostRoutes = [
      { destination: '192.168.8.0/24', nexthop: '10.90.0.3' },
      { destination: '192.168.9.0/24', nexthop: 'fd00::fe' },
      { destination: 'fd09::/64', nexthop: '10.90.0.254' },
      { destination: '192.168.10.0/24', nexthop: '10.90.0.254' },
    ];
    const body = { ...IPV4, mac_address: nic.macAddress, host_routes: hostRoutes };

    await plugVip(lab.context, parsePlugVip('10.90.0.10', body));

    expect(lab.log().map(({ msg }) => msg)).toContain('the kernel refuses host routes');
    const routes = await lab.inside('ip', 'route', 'show', 'table', 'main');
    expect(routes).toContain('192.168.10.0/24 via 10.90.0.254');
    expect(routes).not.toContain('192.168.8.0/24');
    const again = plugVip(lab.context, parsePlugVip('10.90.0.10', body));
    await expect(again).rejects.toThrow(InterfaceExists);
  });
});

describe('the search for an interface by its address', () => {
  it('finds an IPv6 address in every spelling', async () => {
    const nic = await lab.addNic();
    const request = parsePlugVip('fd00::10', {
      ...IPV6_VIP,
      mac_address: nic.macAddress,
      vrrp_ip: 'fd00::3',
    });
    await plugVip(lab.context, request);

    expect(await findInterface(lab.context, 'fd00:0000:0000:0000:0000:0000:0000:0010')).toBe('eth1');
    expect(await findInterface(lab.context, 'FD00::0:10')).toBe('eth1');
  });

  it('reports an unknown address and an invalid address differently', async () => {
    await expect(findInterface(lab.context, '10.90.0.77')).rejects.toMatchObject({
      kind: 'interface-of-address',
    });
    await plugLoopback(lab.context);
    await expect(findInterface(lab.context, '10.90.0.77')).rejects.toMatchObject({
      kind: 'interface-of-address',
    });
    await expect(findInterface(lab.context, '10.90.0.777')).rejects.toMatchObject({ subject: 'address' });
  });
});

describe('a plug of the loopback', () => {
  it('makes the namespace with 127.0.0.1 on lo and may be repeated', async () => {
    await plugLoopback(lab.context);
    await plugLoopback(lab.context);

    expect(await findInterface(lab.context, '127.0.0.1')).toBe('lo');
    expect(await findInterface(lab.context, '::1')).toBe('lo');
    expect(JSON.parse((await lab.files.readText('/etc/octavia/interfaces/lo.json')) ?? '')).toEqual({
      name: 'lo',
      if_type: 'lo',
      addresses: [{ address: '127.0.0.1', prefixlen: 8 }],
      routes: [],
      rules: [],
      scripts: { up: [], down: [] },
      is_sriov: false,
    });
  });

  it('makes the namespace again if a killed agent left only its name', async () => {
    await lab.files.makeDirectory('/run/netns');
    await lab.files.write('/run/netns/amphora-haproxy', '', { mode: 0o644 });

    await plugLoopback(lab.context);

    expect(await findInterface(lab.context, '127.0.0.1')).toBe('lo');
  });
});
