import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../../src/errors.ts';
import { parsePlugVip } from '../../../src/schemas/plug.ts';

const BODY = { subnet_cidr: '10.90.0.0/24', gateway: '10.90.0.1', mac_address: 'FA:16:3E:00:00:0a' };

const failure = (vip: string, body: unknown): { subject: string; message: string } => {
  try {
    parsePlugVip(vip, body);
  } catch (error) {
    if (error instanceof InvalidInput) return { subject: error.subject, message: error.message };
    throw error;
  }
  throw new Error('accepted');
};

describe('a plug/vip request', () => {
  it('may have only its three required keys', () => {
    expect(parsePlugVip('10.90.0.10', BODY)).toEqual({
      macAddress: 'fa:16:3e:00:00:0a',
      mtu: undefined,
      isSriov: false,
      vips: [{ address: '10.90.0.10', subnet: '10.90.0.0/24', gateway: '10.90.0.1', hostRoutes: [] }],
      vrrp: undefined,
      fixedIps: [],
    });
  });

  it('returns every address in one form', () => {
    const request = parsePlugVip('FD00:0:0::10', {
      ...BODY,
      subnet_cidr: 'fd00:0::/64',
      gateway: 'FD00::0001',
      vrrp_ip: 'fd00:0000::3',
      mtu: 1450,
      is_sriov: true,
      host_routes: [{ destination: 'FD01::5/64', nexthop: 'fd00:0::fe' }],
      additional_vips: [{ ip_address: '10.90.0.11', subnet_cidr: '10.90.0.0/24', gateway: null }],
      fixed_ips: [{ ip_address: '10.91.0.5', subnet_cidr: '10.91.0.0/24', host_routes: null }],
      unknown: { anything: 1 },
    });

    expect(request).toEqual({
      macAddress: 'fa:16:3e:00:00:0a',
      mtu: 1450,
      isSriov: true,
      vips: [
        {
          address: 'fd00::10',
          subnet: 'fd00::/64',
          gateway: 'fd00::1',
          hostRoutes: [{ destination: 'fd01::/64', nexthop: 'fd00::fe' }],
        },
        { address: '10.90.0.11', subnet: '10.90.0.0/24', gateway: undefined, hostRoutes: [] },
      ],
      vrrp: { address: 'fd00::3', subnet: 'fd00::/64' },
      fixedIps: [{ address: '10.91.0.5', subnet: '10.91.0.0/24', gateway: undefined, hostRoutes: [] }],
    });
  });

  it('accepts null for every optional field', () => {
    const nothing = {
      gateway: null,
      vrrp_ip: null,
      mtu: null,
      host_routes: null,
      additional_vips: null,
      is_sriov: null,
    };
    expect(parsePlugVip('10.90.0.10', { ...BODY, ...nothing })).toEqual({
      ...parsePlugVip('10.90.0.10', BODY),
      vips: [{ address: '10.90.0.10', subnet: '10.90.0.0/24', gateway: undefined, hostRoutes: [] }],
    });
  });

  it('gives vrrp_ip the prefix length of its subnet', () => {
    const additional = { ip_address: '10.91.0.10', subnet_cidr: '10.91.0.0/25', gateway: null };
    const body = { ...BODY, vrrp_ip: '10.91.0.3', additional_vips: [additional] };
    expect(parsePlugVip('10.90.0.10', body).vrrp).toEqual({ address: '10.91.0.3', subnet: '10.91.0.0/25' });
    const outside = parsePlugVip('10.90.0.10', { ...body, vrrp_ip: '10.99.0.3' });
    expect(outside.vrrp).toEqual({ address: '10.99.0.3', subnet: '10.90.0.0/24' });
  });
});

describe('a wrong plug/vip request', () => {
  it.each([
    ['no JSON', undefined],
    ['a list', []],
    ['a text', 'x'],
    ['null', null],
    ['no subnet', { gateway: null, mac_address: BODY.mac_address }],
    ['no gateway', { subnet_cidr: '10.90.0.0/24', mac_address: BODY.mac_address }],
    ['no MAC', { subnet_cidr: '10.90.0.0/24', gateway: null }],
    ['a MAC that is none', { ...BODY, mac_address: 'fa:16:3e:00:00' }],
    ['a MAC that would be a path', { ...BODY, mac_address: '../../etc' }],
    ['a subnet that is a number', { ...BODY, subnet_cidr: 10 }],
    ['host routes that are no list', { ...BODY, host_routes: {} }],
    ['an MTU that is a text', { ...BODY, mtu: '1450' }],
    ['a gateway that is no address', { ...BODY, gateway: '10.90.0.1; rm' }],
    ['a gateway of the other IP version', { ...BODY, gateway: 'fd00::1' }],
    ['a host route to nowhere', { ...BODY, host_routes: [{ destination: 'x', nexthop: '10.90.0.1' }] }],
    ['a fixed IP that is none', { ...BODY, fixed_ips: [{ ip_address: 'x', subnet_cidr: '10.90.0.0/24' }] }],
  ])('with %s is invalid subnet information', (_what, body) => {
    expect(failure('10.90.0.10', body).subject).toBe('subnet-information');
  });

  it.each([
    ['nope', BODY, "'nope' does not appear to be an IPv4 or IPv6 address"],
    ['10.90.0.10', { ...BODY, subnet_cidr: '10.90.0.5/24' }, '10.90.0.5/24 has host bits set'],
    ['10.90.0.10', { ...BODY, subnet_cidr: 'junk' }, "'junk' does not appear to be an IPv4 or IPv6 network"],
    ['fd00::10', BODY, 'fd00::10 and 10.90.0.0/24 have different IP versions'],
    [
      '10.90.0.10',
      { ...BODY, additional_vips: [{ ip_address: 'junk', subnet_cidr: '10.90.0.0/24', gateway: null }] },
      "'junk' does not appear to be an IPv4 or IPv6 address",
    ],
  ])('reports the fault of the VIP %s', (vip, body, message) => {
    expect(failure(vip, body)).toEqual({ subject: 'vip', message });
  });

  it('reports the fault of the VRRP address after that of the VIP', () => {
    const body = { ...BODY, vrrp_ip: 'junk' };
    const message = "'junk' does not appear to be an IPv4 or IPv6 address";
    expect(failure('10.90.0.10', body)).toEqual({ subject: 'vrrp-address', message });
    expect(failure('nope', body).subject).toBe('vip');
    expect(failure('nope', { ...body, mac_address: 5 }).subject).toBe('subnet-information');
    expect(failure('10.90.0.10', { ...BODY, vrrp_ip: 'fd00::3' }).subject).toBe('vrrp-address');
  });

  it('throws InvalidInput only', () => {
    const body = fc.oneof(
      fc.jsonValue(),
      fc.record({ subnet_cidr: fc.jsonValue(), gateway: fc.jsonValue(), mac_address: fc.jsonValue() }),
      fc.record({
        subnet_cidr: fc.constant('10.90.0.0/24'),
        gateway: fc.constant(null),
        mac_address: fc.constant('fa:16:3e:00:00:01'),
        host_routes: fc.jsonValue(),
        additional_vips: fc.jsonValue(),
        vrrp_ip: fc.oneof(fc.jsonValue(), fc.ipV6()),
      }),
    );
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV4()), body, (vip, value) => {
        try {
          expect(parsePlugVip(vip, value).vips.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidInput);
        }
      }),
    );
  });
});
