import { describe, expect, it } from 'vitest';
import { plugNetwork } from '../../../src/operations/network/plug-network.ts';
import { plugVip } from '../../../src/operations/network/plug-vip.ts';
import { parsePlugVip } from '../../../src/schemas/plug.ts';
import { parsePlugNetwork } from '../../../src/schemas/plug-network.ts';
import { useNetworkLab } from '../../support/network/use-network-lab.ts';

const { lab } = useNetworkLab();

const addNic = async (mtu: number): Promise<string> => {
  const { name, macAddress } = await lab.addNic();
  await lab.run('ip', 'link', 'set', 'dev', name, 'mtu', `${mtu}`);
  return macAddress;
};

const mtuOf = async (name: string): Promise<string | undefined> =>
  /mtu (\d+)/.exec(await lab.inside('ip', 'link', 'show', 'dev', name))?.[1];

const VIP = { subnet_cidr: '10.90.0.0/24', gateway: '10.90.0.1', vrrp_ip: '10.90.0.3' };
const FIXED_IPS = [{ ip_address: '10.95.0.5', subnet_cidr: '10.95.0.0/24', gateway: null, host_routes: [] }];

describe.each([0, null, undefined])('a plug with the MTU %s, which means no MTU', (mtu) => {
  const plug = (macAddress: string, more: object) =>
    plugNetwork(lab.context, parsePlugNetwork({ mac_address: macAddress, fixed_ips: FIXED_IPS, ...more }), {
      refusePlugged: false,
    });

  it("of a member's network keeps the MTU of the interface and that of an earlier plug", async () => {
    const macAddress = await addNic(1420);
    await plug(macAddress, { mtu });
    expect(await mtuOf('eth2')).toBe('1420');

    await plug(macAddress, { mtu: 1300 });
    await plug(macAddress, { mtu });

    expect(await mtuOf('eth2')).toBe('1300');
  });

  it('of the VIP, and of its port again with vip_net_info, keeps the MTU of the interface', async () => {
    const macAddress = await addNic(1420);
    await plugVip(lab.context, parsePlugVip('10.90.0.10', { ...VIP, mac_address: macAddress, mtu }));
    expect(await mtuOf('eth1')).toBe('1420');

    await plug(macAddress, { mtu, vip_net_info: { ...VIP, vip: '10.90.0.10', mtu } });

    expect(await mtuOf('eth1')).toBe('1420');
  });
});
