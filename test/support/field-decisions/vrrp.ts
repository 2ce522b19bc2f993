import { becomes, type Decision, decisionsOf, refuses, takes } from './decision.ts';

const WHOLE = (from: number, to: number): string => `not a whole number from ${from} to ${to}`;
const NO_HOST = 'not the address of a host';
const HOSTS = [
  refuses('x', 'not an IP address'),
  refuses('0.0.0.0', NO_HOST),
  refuses('127.0.0.1', NO_HOST),
  refuses('224.0.0.18', NO_HOST),
] as const;
const PASSWORD = 'must be 1 to 8 characters that keepalived.conf can hold';
const SIX = { unicast_src_ip: '2001:db8:1::11', unicast_peers: [] };

/** Values are searched in the rendered text, since the model has names of its own. */
export const VRRP_DECISIONS: readonly Decision[] = [
  ...decisionsOf('vrrp', {
    instance: ['used', takes('a-b_1'), refuses('a b', 'must be 1 to 64 letters, digits, _ or -')],
    interface: [
      'used',
      takes('eth1.5'),
      becomes(null, 'eth1'),
      refuses('a/b', 'not the name of an interface'),
    ],
    virtual_router_id: [
      'used',
      takes(255),
      becomes(null, 1),
      ...[0, 256, -1, 1.5, '1'].map((id) => refuses(id, WHOLE(1, 255))),
    ],
    priority: [
      'used',
      takes(1),
      takes(254),
      ...[0, 255, 256, -1, null].map((one) => refuses(one, WHOLE(1, 254))),
    ],
    advert_int: [
      'used',
      takes(255),
      becomes(null, 1),
      ...[0, 256, 0.5].map((seconds) => refuses(seconds, WHOLE(1, 255))),
      refuses(41, 'longer than 40 s, the longest interval with IPv6', SIX),
    ],
    auth_type: ['used', takes('AH'), becomes(null, 'PASS'), refuses('MD5', 'not one of PASS, AH')],
    auth_pass: [
      'used',
      takes('12345678'),
      ...['', '123456789', 'a b', 'a"b'].map((text) => refuses(text, PASSWORD)),
    ],
    unicast_src_ip: ['used', takes('10.0.1.13'), ...HOSTS],
    unicast_peers: [
      'used',
      refuses(['2001:db8::1'], 'must be IPv4 like unicast_src_ip', {}, 'unicast_peers[0]'),
    ],
    vips: ['used', refuses([], 'no VIP is IPv4 like unicast_src_ip')],
    garp_master_refresh: ['used', takes(0), becomes(null, 5), refuses(-1, WHOLE(0, 86_400))],
    garp_master_refresh_repeat: ['used', takes(1), becomes(null, 2), refuses(0, WHOLE(1, 100))],
    check_interval: [
      'used',
      takes(4294),
      becomes(null, 5),
      refuses(0, WHOLE(1, 4294)),
      refuses(4295, WHOLE(1, 4294)),
    ],
    check_fall: ['used', takes(1), becomes(null, 2), refuses(0, WHOLE(1, 100))],
    check_rise: ['used', takes(1), becomes(null, 2), refuses(0, WHOLE(1, 100))],
  }),
  ...decisionsOf('vrrpVip', {
    ip_address: ['used', takes('10.0.1.101'), ...HOSTS, refuses('10.0.1.12', "an amphora's own address")],
    subnet_cidr: [
      'used',
      takes('10.0.0.0/16'),
      refuses('10.0.1.1/24', 'not an IP network'),
      refuses('2001:db8::/64', 'must be IPv4 like ip_address'),
    ],
    gateway: [
      'used',
      takes('10.0.1.2'),
      ...['x', '0.0.0.0', '127.0.0.1', '224.0.0.18'].map((address) => refuses(address, 'not an IP address')),
      refuses('2001:db8::1', 'must be IPv4 like ip_address'),
    ],
    host_routes: ['used', becomes(null, '')],
  }),
  ...decisionsOf('hostRoute', {
    destination: [
      'used',
      becomes('10.9.1.1/16', '10.9.0.0/16'),
      refuses('x', 'not an IP network'),
      refuses('2001:db8::/48', 'must be IPv6 like destination', {}, 'nexthop'),
    ],
    nexthop: ['used', takes('10.0.1.8'), ...HOSTS],
  }),
];
