import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  haproxyConfigText,
  type LoadBalancer,
  plugVipBody,
} from '../../../sandbox/controller/load-balancer.ts';
import { plugNetwork } from '../../../src/operations/network/plug-network.ts';
import { plugVip } from '../../../src/operations/network/plug-vip.ts';
import { parsePlugVip } from '../../../src/schemas/plug.ts';
import { parsePlugNetwork } from '../../../src/schemas/plug-network.ts';
import { first } from '../../support/amphora/amphora-lab.ts';
import { useAmphoraLab } from '../../support/amphora/use-lab.ts';
import { labLoadBalancer, ownVrrpAddress } from '../../support/haproxy/load-balancer.ts';
import {
  type Capture,
  captureAdvertisements,
  gratuitousArp,
  overridingAdvertisement,
} from '../../support/network/advertisement-capture.ts';
import { useNetworkLab } from '../../support/network/use-network-lab.ts';

describe('a plug', () => {
  const { lab } = useNetworkLab();

  it('sends neighbours a gratuitous ARP for each IPv4 address and an overriding advertisement for each IPv6 address', async () => {
    const nic = await lab.addNic();
    const frames = await captureAdvertisements(nic.peer);
    try {
      await plugVip(
        lab.context,
        parsePlugVip('10.90.0.10', {
          subnet_cidr: '10.90.0.0/24',
          gateway: '10.90.0.1',
          mac_address: nic.macAddress,
          vrrp_ip: '10.90.0.3',
          additional_vips: [{ ip_address: 'fd00::10', subnet_cidr: 'fd00::/64', gateway: null }],
        }),
      );
      await frames.until(gratuitousArp('10.90.0.10'));
      await frames.until(gratuitousArp('10.90.0.3'));
      const all = await frames.until(overridingAdvertisement('fd00::10'));
      expect(all).toContain(`${nic.macAddress} > ff:ff:ff:ff:ff:ff`);
      expect(all).toMatch(new RegExp(`${nic.macAddress} > 33:33:00:00:00:01.*> ff02::1: .*fd00::10`));
      expect(all.slice(all.indexOf('tgt is fd00::10'))).toContain(
        `destination link-address option (2), length 8 (1): ${nic.macAddress}`,
      );
    } finally {
      await frames.stop();
    }
  });

  it("advertises new and changed addresses on a member's network", async () => {
    const nic = await lab.addNic();
    const plug = (...addresses: string[]) =>
      plugNetwork(
        lab.context,
        parsePlugNetwork({
          mac_address: nic.macAddress,
          fixed_ips: addresses.map((address) => ({
            ip_address: address,
            subnet_cidr: address.includes(':') ? 'fd95::/64' : '10.95.0.0/24',
          })),
        }),
        { refusePlugged: false },
      );
    const frames = await captureAdvertisements(nic.peer);
    try {
      await plug('10.95.0.5', 'fd95::5');
      await frames.until(gratuitousArp('10.95.0.5'));
      await frames.until(overridingAdvertisement('fd95::5'));

      await plug('10.95.0.5', '10.95.0.6', 'fd95::5', 'fd95::6');
      await frames.until(gratuitousArp('10.95.0.6'));
      await frames.until(overridingAdvertisement('fd95::6'));
    } finally {
      await frames.stop();
    }
  });

  it('logs an address that cannot be advertised, and succeeds', async () => {
    await lab.context.host.network.ensure();
    await lab.context.host.network.advertise('eth9', '10.90.0.10');
    await lab.context.host.network.advertise('eth9', 'fd00::10');
    const complaints = () =>
      lab.log().filter(({ msg, level }) => msg === 'address not advertised' && level === 40);
    // arping may fail after `advertise` has returned, which waits for 100 ms only
    await expect.poll(complaints).toHaveLength(2);
  });
});

describe('haproxy of a SINGLE amphora', () => {
  const { world } = useAmphoraLab({ members: 1 });
  let frames: Capture;

  beforeAll(async () => {
    frames = await captureAdvertisements(world.lab.networks.vip.bridge);
  });
  afterAll(async () => {
    await frames?.stop();
  });

  it('has its VIPs advertised after each start and reload, and not after a stop', async () => {
    const amphora = first(world.amphorae);
    const { controller } = amphora;
    const { vip: network } = world.lab.networks;
    const single = labLoadBalancer(world);
    const vip6 = { address: network.host6(100), cidr: network.cidr6, gateway: network.gateway6 };
    const balancer: LoadBalancer = { ...single, vips: [single.vips[0], vip6] };
    const [{ address }] = balancer.vips;
    const { macAddress } = await amphora.plugNic('vip');
    const json = plugVipBody(balancer, { macAddress, vrrpAddress: ownVrrpAddress(balancer) });
    await controller.request({ method: 'POST', path: `/1.0/plug/vip/${address}`, json });
    const file = path.join(world.directory, 'haproxy.cfg');
    await writeFile(file, haproxyConfigText(balancer));
    const at = `/1.0/loadbalancer/${balancer.id}`;
    await controller.request({
      method: 'PUT',
      path: `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`,
      file,
    });
    await frames.until(overridingAdvertisement(vip6.address));

    for (const action of ['start', 'reload', 'reload']) {
      frames.forget();
      expect(await controller.request({ method: 'PUT', path: `${at}/${action}` })).toMatchObject({
        status: 202,
      });
      await frames.until(gratuitousArp(address));
      const all = await frames.until(overridingAdvertisement(vip6.address));
      expect(all).toContain(macAddress);
    }
    frames.forget();
    await controller.request({ method: 'PUT', path: `${at}/stop` });
    await amphora.exec(['arping', '-U', '-q', '-c', '1', '-I', 'eth1', '-s', address, '192.0.2.1'], {
      inNamespace: true,
    });
    const after = await frames.until('192.0.2.1');
    expect(after).not.toContain(gratuitousArp(address));
    expect(after).not.toContain(overridingAdvertisement(vip6.address));
  });
});
