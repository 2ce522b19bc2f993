import { expect, test } from 'vitest';
import { labNetworks, NETWORK_NAMES } from '../../../../sandbox/lab/lab-network.ts';

const INTERFACE_NAME_LIMIT = 15;

test('no two labs share a subnet or a bridge, and every name fits an interface', () => {
  const networks = Array.from({ length: 200 }, (_, lab) => Object.values(labNetworks(lab))).flat();
  for (const key of ['cidr', 'cidr6', 'bridge'] as const) {
    expect(new Set(networks.map((network) => network[key])).size).toBe(200 * NETWORK_NAMES.length);
  }
  expect(Math.max(...networks.map(({ bridge }) => bridge.length))).toBeLessThanOrEqual(INTERFACE_NAME_LIMIT);
});

test('the gateway of a lab network is host 1 of IPv4 and IPv6', () => {
  const { vip } = labNetworks(3);
  expect(vip).toMatchObject({ cidr: '10.3.1.0/24', gateway: '10.3.1.1', cidr6: 'fd00:4:2::/64' });
  expect(vip.gateway6).toBe('fd00:4:2::1');
  expect([vip.host(100), vip.host6(100)]).toEqual(['10.3.1.100', 'fd00:4:2::64']);
});
