import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../../src/errors.ts';
import { parseFirewallRules } from '../../../src/schemas/firewall-rules.ts';
import { parsePlugVip } from '../../../src/schemas/plug.ts';
import { parsePlugNetwork } from '../../../src/schemas/plug-network.ts';

/**
 * Every field of every JSON body, with the values that controllers from Rocky to 2026.1 can send. Paths are of openstack/octavia
 * where nothing else is said; a release note is named by its file. `test/interop/network/octavia-plug-bodies.test.ts` has Debian's own driver make such bodies.
 */
const SOURCE = {
  rocky: 'octavia/amphorae/drivers/haproxy/rest_api_driver.py of stable/rocky',
  subnet: 'octavia/network/data_models.py: Subnet(gateway_ip=None, cidr=None, host_routes=None)',
  network: 'octavia/network/data_models.py: Network(mtu=None)',
  port: 'octavia/network/data_models.py: Port(mac_address=None, fixed_ips=None)',
  amphora: 'octavia/common/data_models.py: Amphora(vrrp_ip=None)',
  neutronMtu: "openstack/neutron-lib, neutron_lib/api/definitions/network_mtu_writable.py: 'default': 0",
  neutronMac: 'openstack/neutron-lib, neutron_lib/api/validators: a MAC address in either case',
  neutronRoutes:
    'openstack/neutron-lib, neutron_lib/api/definitions/subnet.py: host_routes of any destination',
  additionalVips: 'release note support-additional-vips-on-lb-creation-efe0dfa517c667a0 (Zed)',
  memberSubnets: 'release note fix-plugging-member-subnets-8560cd9403ff79a7: vip_net_info',
  sriov: 'docs.openstack.org/octavia/latest/admin/sr-iov.html: is_sriov',
  later: 'none yet: a key of a later release',
  sameAsNull: 'none known: it says the same as null',
} as const;

const MAC = 'fa:16:3e:00:00:01';
const ROUTE = { destination: '192.168.9.0/24', nexthop: '10.90.0.254' };
const VIP_BODY = {
  subnet_cidr: '10.90.0.0/24',
  gateway: '10.90.0.1',
  mac_address: MAC,
  vrrp_ip: '10.90.0.3',
  mtu: 1450,
  host_routes: [ROUTE],
};
const VIP = parsePlugVip('10.90.0.10', VIP_BODY);
const [FIRST] = VIP.vips;
const withFirst = (change: Partial<typeof FIRST>) => ({ ...VIP, vips: [{ ...FIRST, ...change }] });
const ADDITIONAL = { ip_address: '10.91.0.10', subnet_cidr: '10.91.0.0/24', gateway: null, host_routes: [] };
const additional = { address: '10.91.0.10', subnet: '10.91.0.0/24', gateway: undefined, hostRoutes: [] };

describe('POST plug/vip accepts', () => {
  it.each([
    { what: 'the whole body of Rocky', source: SOURCE.rocky, body: {}, means: VIP },
    { what: 'mtu null', source: SOURCE.network, body: { mtu: null }, means: { ...VIP, mtu: undefined } },
    { what: 'mtu 0', source: SOURCE.neutronMtu, body: { mtu: 0 }, means: { ...VIP, mtu: undefined } },
    { what: 'no mtu', source: SOURCE.network, body: { mtu: undefined }, means: { ...VIP, mtu: undefined } },
    {
      what: 'mtu of a jumbo frame',
      source: SOURCE.network,
      body: { mtu: 9000 },
      means: { ...VIP, mtu: 9000 },
    },
    {
      what: 'gateway null',
      source: SOURCE.subnet,
      body: { gateway: null },
      means: withFirst({ gateway: undefined }),
    },
    {
      what: "gateway ''",
      source: SOURCE.sameAsNull,
      body: { gateway: '' },
      means: withFirst({ gateway: undefined }),
    },
    {
      what: 'vrrp_ip null',
      source: SOURCE.amphora,
      body: { vrrp_ip: null },
      means: { ...VIP, vrrp: undefined },
    },
    {
      what: "vrrp_ip ''",
      source: SOURCE.sameAsNull,
      body: { vrrp_ip: '' },
      means: { ...VIP, vrrp: undefined },
    },
    {
      what: 'no vrrp_ip',
      source: SOURCE.sameAsNull,
      body: { vrrp_ip: undefined },
      means: { ...VIP, vrrp: undefined },
    },
    {
      what: 'host_routes []',
      source: SOURCE.rocky,
      body: { host_routes: [] },
      means: withFirst({ hostRoutes: [] }),
    },
    {
      what: 'host_routes null',
      source: SOURCE.subnet,
      body: { host_routes: null },
      means: withFirst({ hostRoutes: [] }),
    },
    {
      what: 'no host_routes',
      source: SOURCE.subnet,
      body: { host_routes: undefined },
      means: withFirst({ hostRoutes: [] }),
    },
    {
      what: 'host_routes with a default route',
      source: SOURCE.neutronRoutes,
      body: { host_routes: [{ destination: '0.0.0.0/0', nexthop: '10.90.0.254' }] },
      means: withFirst({ hostRoutes: [{ destination: '0.0.0.0/0', nexthop: '10.90.0.254' }] }),
    },
    {
      what: 'mac_address in upper case',
      source: SOURCE.neutronMac,
      body: { mac_address: 'FA:16:3E:00:00:01' },
      means: VIP,
    },
    { what: 'additional_vips []', source: SOURCE.additionalVips, body: { additional_vips: [] }, means: VIP },
    { what: 'additional_vips null', source: SOURCE.sameAsNull, body: { additional_vips: null }, means: VIP },
    {
      what: 'additional_vips without a gateway',
      source: SOURCE.additionalVips,
      body: { additional_vips: [ADDITIONAL] },
      means: { ...VIP, vips: [FIRST, additional] },
    },
    {
      what: 'additional_vips with a gateway that is absent, and host_routes null',
      source: SOURCE.subnet,
      body: { additional_vips: [{ ...ADDITIONAL, gateway: undefined, host_routes: null }] },
      means: { ...VIP, vips: [FIRST, additional] },
    },
    {
      what: 'is_sriov true',
      source: SOURCE.sriov,
      body: { is_sriov: true },
      means: { ...VIP, isSriov: true },
    },
    { what: 'is_sriov false', source: SOURCE.sriov, body: { is_sriov: false }, means: VIP },
    { what: 'is_sriov null', source: SOURCE.sameAsNull, body: { is_sriov: null }, means: VIP },
    { what: 'an unknown key', source: SOURCE.later, body: { qos: { any: [1] } }, means: VIP },
  ])('$what', ({ body, means }) => {
    expect(parsePlugVip('10.90.0.10', { ...VIP_BODY, ...body })).toEqual(means);
  });

  it.each(['fd00::10', 'FD00:0:0::10', 'fd00:0000:0000:0000:0000:0000:0000:0010'])(
    'a VIP and its subnet in any form of IPv6: %s',
    (vip) => {
      const body = {
        ...VIP_BODY,
        subnet_cidr: 'FD00::0/64',
        gateway: 'fd00:0::1',
        vrrp_ip: 'FD00::3',
        host_routes: [],
      };
      expect(parsePlugVip(vip, body)).toMatchObject({
        vips: [{ address: 'fd00::10', subnet: 'fd00::/64', gateway: 'fd00::1' }],
        vrrp: { address: 'fd00::3', subnet: 'fd00::/64' },
      });
    },
  );
});

describe('POST plug/network accepts', () => {
  const FIXED_IP = { ip_address: '10.95.0.5', subnet_cidr: '10.95.0.0/24', host_routes: [] };
  const BODY = { mac_address: MAC, mtu: 1450, fixed_ips: [FIXED_IP] };
  const NETWORK = parsePlugNetwork(BODY);
  const [PLACE] = NETWORK.fixedIps;
  const NET_INFO = { ...VIP_BODY, vip: '10.90.0.10', additional_vips: [] };
  const replug = (mtu: number | undefined) => ({
    ...NETWORK,
    mtu,
    vip: { ...VIP, mtu, fixedIps: NETWORK.fixedIps },
  });

  it.each([
    { what: 'the whole body of Rocky', source: SOURCE.rocky, body: {}, means: NETWORK },
    { what: 'mtu null', source: SOURCE.network, body: { mtu: null }, means: { ...NETWORK, mtu: undefined } },
    { what: 'mtu 0', source: SOURCE.neutronMtu, body: { mtu: 0 }, means: { ...NETWORK, mtu: undefined } },
    {
      what: 'fixed_ips []',
      source: SOURCE.port,
      body: { fixed_ips: [] },
      means: { ...NETWORK, fixedIps: [] },
    },
    {
      what: 'fixed_ips null',
      source: SOURCE.sameAsNull,
      body: { fixed_ips: null },
      means: { ...NETWORK, fixedIps: [] },
    },
    {
      what: 'no fixed_ips',
      source: SOURCE.port,
      body: { fixed_ips: undefined },
      means: { ...NETWORK, fixedIps: [] },
    },
    {
      what: 'a fixed IP without a gateway',
      source: SOURCE.subnet,
      body: { fixed_ips: [{ ...FIXED_IP, gateway: null, host_routes: null }] },
      means: NETWORK,
    },
    {
      what: 'a fixed IP with a gateway',
      source: SOURCE.memberSubnets,
      body: { fixed_ips: [{ ...FIXED_IP, gateway: '10.95.0.1' }] },
      means: { ...NETWORK, fixedIps: [{ ...PLACE, gateway: '10.95.0.1' }] },
    },
    {
      what: 'is_sriov true',
      source: SOURCE.sriov,
      body: { is_sriov: true },
      means: { ...NETWORK, isSriov: true },
    },
    { what: 'is_sriov null', source: SOURCE.sameAsNull, body: { is_sriov: null }, means: NETWORK },
    { what: 'vip_net_info null', source: SOURCE.sameAsNull, body: { vip_net_info: null }, means: NETWORK },
    {
      what: 'vip_net_info',
      source: SOURCE.memberSubnets,
      body: { vip_net_info: NET_INFO },
      means: replug(1450),
    },
    {
      what: 'vip_net_info with mtu 0 there and beside it',
      source: SOURCE.neutronMtu,
      body: { mtu: 0, vip_net_info: { ...NET_INFO, mtu: 0 } },
      means: replug(undefined),
    },
    {
      what: 'vip_net_info with mtu null beside it',
      source: SOURCE.network,
      body: { mtu: null, vip_net_info: { ...NET_INFO, mtu: null } },
      means: replug(undefined),
    },
    {
      what: 'an unknown key',
      source: SOURCE.later,
      body: { qos: 1, fixed_ips: [{ ...FIXED_IP, dns: 1 }] },
      means: NETWORK,
    },
  ])('$what', ({ body, means }) => {
    expect(parsePlugNetwork({ ...BODY, ...body })).toEqual(means);
  });
});

/** Bodies from octavia/amphorae/backends/agent/api_server/rules_schema.py, with CIDRs that users allow for a listener. */
describe('PUT interface/IP/rules accepts', () => {
  it.each([
    {
      what: 'TCP from anywhere',
      rule: { protocol: 'TCP', cidr: null, port: 80 },
      means: { protocol: 'tcp', port: 80 },
    },
    { what: 'UDP', rule: { protocol: 'UDP', cidr: null, port: 53 }, means: { protocol: 'udp', port: 53 } },
    { what: 'SCTP', rule: { protocol: 'SCTP', cidr: null, port: 9 }, means: { protocol: 'sctp', port: 9 } },
    {
      what: "VRRP of the other amphora, in small letters as no other protocol's name",
      rule: { protocol: 'vrrp', cidr: '10.90.0.4/32', port: 112 },
      means: { protocol: 'vrrp', source: '10.90.0.4/32', port: 112 },
    },
    {
      what: 'a listener open to all of IPv4, which means IPv6 too',
      rule: { protocol: 'TCP', cidr: '0.0.0.0/0', port: 443 },
      means: { protocol: 'tcp', port: 443 },
    },
    {
      what: 'an allowed CIDR with bits of the host part',
      rule: { protocol: 'TCP', cidr: '10.0.0.9/8', port: 443 },
      means: { protocol: 'tcp', source: '10.0.0.0/8', port: 443 },
    },
    {
      what: 'an allowed CIDR of IPv6 in upper case',
      rule: { protocol: 'TCP', cidr: 'FD00:0::/64', port: 443 },
      means: { protocol: 'tcp', source: 'fd00::/64', port: 443 },
    },
  ])('$what', ({ rule, means }) => {
    expect(parseFirewallRules([rule])).toEqual([means]);
  });
});

describe('plugs refuse a body that no release sends:', () => {
  it.each([
    { what: 'an MTU as a text: Neutron makes it a number', body: { mtu: '1450' } },
    { what: 'an MTU below what IPv4 needs', body: { mtu: 67 } },
    { what: 'an MTU below 0', body: { mtu: -1 } },
    { what: 'an MTU beyond the largest packet', body: { mtu: 65_536 } },
    { what: 'an MTU that is not a whole number', body: { mtu: 1450.5 } },
    { what: 'is_sriov as a text', body: { is_sriov: 'true' } },
    { what: 'a MAC address that is null', body: { mac_address: null } },
  ])('$what', ({ body }) => {
    for (const parse of [
      () => parsePlugVip('10.90.0.10', { ...VIP_BODY, ...body }),
      () => parsePlugNetwork({ mac_address: MAC, ...body }),
    ]) {
      expect(parse).toThrow(InvalidInput);
    }
  });
});
