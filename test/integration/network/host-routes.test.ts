import { describe, expect, it } from 'vitest';
import { runInterfaceCommand } from '../../../src/commands/interface.ts';
import { plugNetwork } from '../../../src/operations/network/plug-network.ts';
import { findInterface, plugVip } from '../../../src/operations/network/plug-vip.ts';
import { parsePlugVip } from '../../../src/schemas/plug.ts';
import { parsePlugNetwork } from '../../../src/schemas/plug-network.ts';
import { useNetworkLab } from '../../support/network/use-network-lab.ts';

const { lab } = useNetworkLab();

const VIP = {
  subnet_cidr: '10.90.0.0/24',
  gateway: '10.90.0.1',
  vrrp_ip: '10.90.0.3',
  mtu: 1400,
  host_routes: [],
};
const VIP_6 = { ip_address: 'fd90::10', subnet_cidr: 'fd90::/64', gateway: 'fd90::1', host_routes: [] };

const plugTheVip = async (more: object = {}) => {
  const { macAddress } = await lab.addNic();
  return plugVip(lab.context, parsePlugVip('10.90.0.10', { ...VIP, mac_address: macAddress, ...more }));
};
const plug = (macAddress: string, fixedIps: readonly object[]) =>
  plugNetwork(lab.context, parsePlugNetwork({ mac_address: macAddress, fixed_ips: fixedIps }), {
    refusePlugged: false,
  });

const routes = async (...options: string[]): Promise<string> =>
  (await lab.inside('ip', '-4', 'route', 'show', ...options)) +
  (await lab.inside('ip', '-6', 'route', 'show', ...options, 'proto', 'static'));

describe('a host route that is a default route, or that the kernel refuses for another reason', () => {
  const DEFAULT_ROUTES = [
    { destination: '0.0.0.0/0', nexthop: '10.95.0.254' },
    { destination: '192.168.7.0/24', nexthop: '10.95.0.5' },
    { destination: '192.168.8.0/24', nexthop: '10.95.0.254' },
  ];
  const DEFAULT_ROUTE_6 = [{ destination: '::/0', nexthop: 'fd95::254' }];
  const FIXED_IPS = [
    { ip_address: '10.95.0.5', subnet_cidr: '10.95.0.0/24', host_routes: DEFAULT_ROUTES },
    { ip_address: 'fd95::5', subnet_cidr: 'fd95::/64', host_routes: DEFAULT_ROUTE_6 },
  ];
  const REFUSED = [
    '0.0.0.0/0 via 10.95.0.254: RTNETLINK answers: File exists',
    '192.168.7.0/24 via 10.95.0.5: Error: Nexthop has invalid gateway.',
    '::/0 via fd95::254: RTNETLINK answers: File exists',
  ];

  it('does not fail the plug, is named in the answer and in the log, and does not affect the other routes', async () => {
    await plugTheVip({ additional_vips: [VIP_6] });
    const before = await routes('dev', 'eth1', 'table', 'all');
    const nic = await lab.addNic();

    for (const updated of [false, true]) {
      const plugged = await plug(nic.macAddress, FIXED_IPS);
      expect(plugged).toEqual({ interfaceName: 'eth2', updated, refusedRoutes: REFUSED });
    }

    expect(await lab.inside('ip', '-brief', 'address', 'show', 'dev', 'eth2')).toMatch(
      /UP\s+10\.95\.0\.5\/24 fd95::5\/64/,
    );
    expect(await routes()).toContain('192.168.8.0/24 via 10.95.0.254 dev eth2');
    expect(await routes('dev', 'eth1', 'table', 'all')).toBe(before);
    const logged = lab.log().filter(({ msg }) => msg === 'host route refused');
    expect(logged.slice(0, 3).map(({ route, reason }) => `${route}: ${reason}`)).toEqual(REFUSED);
  });

  it("does not stop the interface from coming up at a boot, also from a file of Octavia's agent", async () => {
    await plugTheVip();
    const nic = await lab.addNic();
    await lab.context.host.network.moveIn(nic.name, 'eth2');
    const file = {
      name: 'eth2',
      if_type: 'backend',
      addresses: [{ address: '10.95.0.5', prefixlen: 24 }],
      routes: [{ dst: '0.0.0.0/0', gateway: '10.95.0.254', flags: ['onlink'] }],
      rules: [],
      scripts: { up: [], down: [] },
    };
    await lab.files.write('/etc/octavia/interfaces/eth2.json', JSON.stringify(file), { mode: 0o644 });

    for (const name of ['eth2', 'all']) {
      expect(await runInterfaceCommand(['up', name], async () => lab.context)).toEqual({
        exitCode: 0,
        output: '',
      });
    }

    expect(await findInterface(lab.context, '10.95.0.5')).toBe('eth2');
    expect(lab.log()).toContainEqual(
      expect.objectContaining({ interface: 'eth2', output: expect.stringContaining('File exists') }),
    );
  });

  it('is replaced by the default route of a VIP that is plugged later', async () => {
    const nic = await lab.addNic();
    expect(await plug(nic.macAddress, FIXED_IPS.slice(0, 1))).toMatchObject({
      refusedRoutes: [REFUSED[1]],
    });
    expect(await routes()).toContain('default via 10.95.0.254 dev eth2');

    await plugTheVip();

    expect(await lab.inside('ip', 'route', 'show', 'default')).toMatch(
      /^default via 10\.90\.0\.1 dev eth1 [^\n]*\n$/,
    );
  });

  it("of a VIP's subnet never replaces its gateway, and never fails a plug", async () => {
    const hostRoutes = [{ destination: '0.0.0.0/0', nexthop: '10.90.0.254' }];

    expect(await plugTheVip({ host_routes: hostRoutes })).toMatchObject({
      refusedRoutes: ['0.0.0.0/0 via 10.90.0.254: eth1 has a route to it already, via 10.90.0.1'],
    });

    expect(await routes()).toMatch(/^default via 10\.90\.0\.1 dev eth1/);
  });

  it("of a VIP's subnet without a gateway is installed", async () => {
    const hostRoutes = [{ destination: '0.0.0.0/0', nexthop: '10.90.0.254' }];

    expect(await plugTheVip({ gateway: null, host_routes: hostRoutes })).toMatchObject({ refusedRoutes: [] });

    expect(await routes()).toMatch(/^default via 10\.90\.0\.254 dev eth1/);
  });
});
