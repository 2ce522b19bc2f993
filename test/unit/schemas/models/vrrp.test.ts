import { describe, expect, it } from 'vitest';
import { parseVrrpModel } from '../../../../src/schemas/models/vrrp.ts';
import { vip4, vip6, vrrpJson } from '../../../support/keepalived/keepalived-models.ts';
import { faultsOf } from '../../../support/models/model-faults.ts';

const faults = (json: unknown): string[] => faultsOf(parseVrrpModel, json);

describe('a VRRP model', () => {
  it('has the defaults of Octavia for absent and null fields', () => {
    const least = {
      instance: 'i',
      priority: 90,
      unicast_src_ip: '10.0.1.11',
      vips: [vip4({ gateway: null })],
    };
    const expected = {
      interfaceName: 'eth1',
      virtualRouterId: 1,
      advertisementInterval: 1,
      authentication: undefined,
      peers: [],
      garpRefresh: 5,
      garpRefreshRepeat: 2,
      check: { interval: 5, fall: 2, rise: 2 },
    };
    expect(parseVrrpModel(least)).toMatchObject(expected);
    const spelled = { ...least, interface: null, advert_int: null, auth_pass: null, unicast_peers: null };
    expect(parseVrrpModel(spelled)).toEqual(parseVrrpModel(least));
  });

  it('has every address in its shortest form, and each peer once without itself', () => {
    const model = parseVrrpModel(
      vrrpJson({
        unicast_src_ip: '2001:DB8:0::11',
        unicast_peers: ['2001:db8::12', '2001:0db8::0012', '2001:db8::11'],
        vips: [
          vip6({
            ip_address: '2001:DB8:1:0::100',
            host_routes: [{ destination: '2001:DB8:9::1/48', nexthop: '2001:db8:1:0::7' }],
          }),
        ],
      }),
    );
    expect(model).toMatchObject({
      source: '2001:db8::11',
      peers: ['2001:db8::12'],
      vips: [
        {
          address: '2001:db8:1::100',
          hostRoutes: [{ destination: '2001:db8:9::/48', nexthop: '2001:db8:1::7' }],
        },
      ],
    });
  });

  it.each([
    [{ instance: 'a b' }, 'instance: must be 1 to 64 letters, digits, _ or -'],
    [{ instance: 'a {\n}' }, 'instance: must be 1 to 64 letters, digits, _ or -'],
    [{ instance: undefined }, 'instance: required'],
    [{ interface: 'eth1 }' }, 'interface: not the name of an interface'],
    [{ interface: '..' }, 'interface: not the name of an interface'],
    [{ priority: 255 }, 'priority: not a whole number from 1 to 254'],
    [{ virtual_router_id: 0 }, 'virtual_router_id: not a whole number from 1 to 255'],
    [{ auth_pass: 'a"b' }, 'auth_pass: must be 1 to 8 characters that keepalived.conf can hold'],
    [{ auth_pass: 'a#b' }, 'auth_pass: must be 1 to 8 characters that keepalived.conf can hold'],
    [{ auth_pass: 'ninechars' }, 'auth_pass: must be 1 to 8 characters that keepalived.conf can hold'],
    [{ auth_type: 'MD5' }, 'auth_type: not one of PASS, AH'],
    [{ unicast_src_ip: 'fe80::1%eth0' }, 'unicast_src_ip: not an IP address'],
    [{ unicast_src_ip: '0.0.0.0' }, 'unicast_src_ip: not the address of a host'],
    [{ unicast_peers: ['10.0.1.12', '2001:db8::1'] }, 'unicast_peers[1]: must be IPv4 like unicast_src_ip'],
    [{ vips: [] }, 'vips: no VIP is IPv4 like unicast_src_ip'],
    [{ vips: [vip6()] }, 'vips: no VIP is IPv4 like unicast_src_ip'],
    [{ vips: [vip4({ ip_address: '10.0.1.12' })] }, "vips[0].ip_address: an amphora's own address"],
    [{ vips: [vip4(), vip4()] }, 'vips[1].ip_address: occurs twice'],
    [{ vips: [vip4({ ip_address: '10.0.1.1\n}' })] }, 'vips[0].ip_address: not an IP address'],
    [{ vips: [vip4({ subnet_cidr: '10.0.1.1/24' })] }, 'vips[0].subnet_cidr: not an IP network'],
    [{ vips: [vip4({ subnet_cidr: '2001:db8::/64' })] }, 'vips[0].subnet_cidr: must be IPv4 like ip_address'],
    [{ vips: [vip4({ gateway: '2001:db8::1' })] }, 'vips[0].gateway: must be IPv4 like ip_address'],
    [
      { vips: [vip4({ host_routes: [{ destination: '10.9.0.0/16', nexthop: '2001:db8::1' }] })] },
      'vips[0].host_routes[0].nexthop: must be IPv4 like destination',
    ],
    [
      { vips: [vip4({ host_routes: [{ destination: 'x', nexthop: '10.0.1.7' }] })] },
      'vips[0].host_routes[0].destination: not an IP network',
    ],
    [{ check_interval: 0 }, 'check_interval: not a whole number from 1 to 4294'],
    [
      { unicast_src_ip: '2001:db8::11', unicast_peers: [], vips: [vip6()], advert_int: 41 },
      'advert_int: longer than 40 s, the longest interval with IPv6',
    ],
  ])('is refused with %j and the name of the wrong field', (fields, fault) => {
    expect(faults(vrrpJson(fields))).toEqual([fault]);
  });

  it.each([[undefined], [null], ['text'], [[]]])('cannot be %j', (json) => {
    expect(faults(json)).toHaveLength(1);
  });
});
