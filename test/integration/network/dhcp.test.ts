import { afterEach, describe, expect, it } from 'vitest';
import type { DhcpProgram } from '../../../src/host/network/dhcp-client.ts';
import { bringDown, bringUp } from '../../../src/operations/interfaces/bring-up.ts';
import { plugNetwork } from '../../../src/operations/network/plug-network.ts';
import { findInterface, plugVip } from '../../../src/operations/network/plug-vip.ts';
import { parsePlugVip } from '../../../src/schemas/plug.ts';
import { parsePlugNetwork } from '../../../src/schemas/plug-network.ts';
import { type DhcpServer, startDhcpServer } from '../../support/network/dhcp-server.ts';
import { useNetworkLab } from '../../support/network/use-network-lab.ts';

const { lab, startWith } = useNetworkLab();
let server: DhcpServer;

afterEach(async () => {
  for (const name of ['eth1', 'eth2']) await lab.context.host.dhcp.stop(name);
  await server.close();
});

/** Makes a NIC on a network with dnsmasq. @returns its MAC */
const start = async (programs: readonly DhcpProgram[]): Promise<string> => {
  startWith({ dhcpPrograms: programs });
  const { macAddress, peer } = await lab.addNic();
  await lab.run('ip', 'address', 'add', '10.95.0.1/24', 'dev', peer);
  await lab.run('ip', 'address', 'add', 'fd95::1/64', 'dev', peer, 'nodad');
  server = await startDhcpServer(peer);
  await lab.context.host.network.ensure();
  await lab.inside('sysctl', '-q', '-w', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1');
  return macAddress;
};

const plug = (macAddress: string, fixedIps: object[] = []) =>
  plugNetwork(lab.context, parsePlugNetwork({ mac_address: macAddress, fixed_ips: fixedIps }), {
    refusePlugged: false,
  });
const addresses = (name: string): Promise<string> =>
  lab.inside('ip', '-brief', 'address', 'show', 'dev', name);
/** Lists the processes of DHCP clients of eth2, without those that dhcpcd starts for a moment. */
const clients = async (): Promise<string[]> =>
  (await lab.run('ps', '-eo', 'pid=,args='))
    .split('\n')
    .filter((line) => /(udhcpc|dhclient|dhcpcd).*eth2/.test(line) && !line.includes('[BPF'));

describe.each(['udhcpc', 'dhclient', 'dhcpcd'] as const)(
  'a member network without fixed IPs, with %s',
  (program) => {
    it('gets its addresses by DHCP and from the router, and gives them back when it goes down', async () => {
      const macAddress = await start([program]);
      const resolvers = await lab.run('cat', '/etc/resolv.conf');

      expect(await plug(macAddress)).toEqual({ interfaceName: 'eth2', updated: false, refusedRoutes: [] });

      await expect.poll(() => addresses('eth2')).toMatch(/ 10\.95\.0\.1[01]\d\/24 .*fd95::/);
      const routes = await lab.inside('ip', 'route');
      expect(routes).toContain('192.168.7.0/24 via 10.95.0.254 dev eth2');
      expect(routes).not.toContain('default');
      expect(await lab.inside('ip', '-4', 'address', 'show', 'dev', 'eth2')).toContain('dynamic');
      const running = await clients();
      expect(running.join('\n')).toContain(program);
      expect(await lab.run('cat', '/etc/resolv.conf')).toBe(resolvers);

      await bringUp(lab.context, 'eth2');
      expect(await addresses('eth2')).toMatch(/ 10\.95\.0\.1[01]\d\/24 .*fd95::/);
      expect(await clients()).toEqual(running);

      await bringDown(lab.context, 'eth2');
      await expect.poll(clients).toEqual([]);
      expect(await addresses('eth2')).not.toMatch(/10\.95|fd95/);

      await bringUp(lab.context, 'eth2');
      await expect.poll(() => addresses('eth2')).toMatch(/ 10\.95\.0\.1[01]\d\/24 .*fd95::/);
    });

    it('has only the fixed IPs after it is plugged again with fixed IPs', async () => {
      const macAddress = await start([program]);
      await plug(macAddress);
      await expect.poll(() => addresses('eth2')).toContain('fd95::');

      await plug(macAddress, [{ ip_address: '10.95.0.5', subnet_cidr: '10.95.0.0/24' }]);

      await expect.poll(() => addresses('eth2')).toMatch(/^eth2\S*\s+UP\s+10\.95\.0\.5\/24 fe80::\S+\s*$/);
      await expect.poll(clients).toEqual([]);
    });

    it("of the VIP's port gets an address beside the VIP, which stays", async () => {
      const macAddress = await start([program]);
      const body = { subnet_cidr: '10.95.0.0/24', gateway: '10.95.0.1', mac_address: macAddress };

      await plugVip(lab.context, parsePlugVip('10.95.0.10', body));

      expect(await addresses('eth1')).toMatch(/10\.95\.0\.10\/32/);
      expect(await addresses('eth1')).toMatch(/10\.95\.0\.1[01]\d\/24/);
      await lab.context.host.dhcp.stop('eth1');
      expect(await findInterface(lab.context, '10.95.0.10')).toBe('eth1');
      expect(await lab.inside('ip', 'route')).toContain('default via 10.95.0.1 dev eth1 proto static onlink');
    });
  },
);

describe('a DHCP client that another agent started', () => {
  it('stays the only client, and ends when the interface gets fixed IPs', async () => {
    const macAddress = await start(['udhcpc']);
    await plug(macAddress, [{ ip_address: '10.95.0.5', subnet_cidr: '10.95.0.0/24' }]);
    const files = ['-pf', '/run/dhclient-eth2.pid', '-lf', '/run/dhclient-eth2.leases'];
    await lab.inside('sh', '-c', `dhclient -q -sf /bin/true ${files.join(' ')} eth2 >/dev/null 2>&1`);

    await plug(macAddress);
    expect(await clients()).toEqual([expect.stringContaining('/run/dhclient-eth2.pid')]);

    await plug(macAddress, [{ ip_address: '10.95.0.5', subnet_cidr: '10.95.0.0/24' }]);
    await expect.poll(clients).toEqual([]);
  });
});

describe('an image without a DHCP client', () => {
  it('still gets addresses from router advertisements, and the log names the missing client', async () => {
    const macAddress = await start([]);
    await plug(macAddress);

    await expect.poll(() => addresses('eth2')).toContain('fd95::');
    expect(lab.log().map(({ msg }) => msg)).toContain(
      'no DHCP client in the image: the interface gets no IPv4 address',
    );
  });
});
