import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../../src/errors.ts';
import { parsePlugNetwork } from '../../../src/schemas/plug-network.ts';

const PORT = { mac_address: 'FA:16:3E:00:00:02', mtu: 1450 };
const FIXED_IP = { ip_address: '10.95.0.5', subnet_cidr: '10.95.0.0/24', gateway: null, host_routes: [] };
const VIP = { vip: '10.90.0.10', subnet_cidr: '10.90.0.0/24', gateway: '10.90.0.1', vrrp_ip: '10.90.0.3' };

const subjectOf = (body: unknown): string => {
  try {
    parsePlugNetwork(body);
  } catch (error) {
    if (error instanceof InvalidInput) return error.subject;
    throw error;
  }
  return 'accepted';
};

describe('a plug/network request', () => {
  it('needs a MAC only', () => {
    expect(parsePlugNetwork({ mac_address: 'FA:16:3E:00:00:02', other: 1 })).toEqual({
      macAddress: 'fa:16:3e:00:00:02',
      mtu: undefined,
      isSriov: false,
      fixedIps: [],
      vip: undefined,
    });
  });

  it('returns addresses in one form', () => {
    const fixedIps = [
      {
        ip_address: 'FD95:0::05',
        subnet_cidr: 'fd95:0::/64',
        gateway: 'fd95::0001',
        host_routes: [{ destination: 'fd96::1/64', nexthop: 'fd95::00fe' }],
      },
    ];
    expect(parsePlugNetwork({ ...PORT, fixed_ips: fixedIps, is_sriov: true })).toMatchObject({
      isSriov: true,
      fixedIps: [
        {
          address: 'fd95::5',
          subnet: 'fd95::/64',
          gateway: 'fd95::1',
          hostRoutes: [{ destination: 'fd96::/64', nexthop: 'fd95::fe' }],
        },
      ],
    });
  });

  it('gives the VIP port of vip_net_info the MAC, MTU and fixed IPs that stand beside it', () => {
    const { vip } = parsePlugNetwork({ ...PORT, fixed_ips: [FIXED_IP], vip_net_info: { ...VIP, mtu: 1500 } });
    expect(vip).toMatchObject({
      macAddress: 'fa:16:3e:00:00:02',
      mtu: 1450,
      vips: [{ address: '10.90.0.10', subnet: '10.90.0.0/24' }],
      vrrp: { address: '10.90.0.3' },
      fixedIps: [{ address: '10.95.0.5' }],
    });
  });

  it.each([
    ['port-information', undefined],
    ['port-information', []],
    ['port-information', { ...PORT, mac_address: 5 }],
    ['port-information', { ...PORT, mtu: 'big' }],
    ['port-information', { ...PORT, fixed_ips: {} }],
    ['port-information', { ...PORT, fixed_ips: [{ ip_address: '10.95.0.5' }] }],
    ['port-information', { ...PORT, vip_net_info: { ...VIP, vip: undefined } }],
    ['port-information', { ...PORT, vip_net_info: { ...VIP, subnet_cidr: undefined } }],
    ['network-port', { ...PORT, fixed_ips: [{ ...FIXED_IP, ip_address: 'x' }] }],
    ['network-port', { ...PORT, fixed_ips: [{ ...FIXED_IP, subnet_cidr: '10.95.0.1/24' }] }],
    ['network-port', { ...PORT, fixed_ips: [{ ...FIXED_IP, gateway: 'x' }] }],
    [
      'network-port',
      { ...PORT, fixed_ips: [{ ...FIXED_IP, host_routes: [{ destination: 'x', nexthop: '10.95.0.1' }] }] },
    ],
    ['network-port', { ...PORT, vip_net_info: { ...VIP, vip: 'x' } }],
  ])('is refused as %s: %j', (subject, body) => {
    expect(subjectOf(body)).toBe(subject);
  });
});
