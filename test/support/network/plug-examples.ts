/** Bodies of plug/vip that together have every feature of an interface plan. */

const IPV4 = { subnet_cidr: '172.16.1.0/24', gateway: '172.16.1.1' };
const IPV6 = { subnet_cidr: 'fd00:16::/64', gateway: 'fd00:16::1' };
const IPV4_ROUTES = [{ destination: '192.168.9.0/24', nexthop: '172.16.1.254' }];
const IPV6_ROUTES = [{ destination: 'fd00:9::/64', nexthop: 'fd00:16::fe' }];
const COMMON = { mac_address: 'fa:16:3e:00:00:01', mtu: 1450 };

export interface PlugExample {
  readonly name: string;
  readonly vip: string;
  readonly body: object;
}

const families = [
  { name: 'v4', vip: '172.16.1.10', body: { ...IPV4, vrrp_ip: '172.16.1.3', host_routes: IPV4_ROUTES } },
  { name: 'v6', vip: 'fd00:16::10', body: { ...IPV6, vrrp_ip: 'fd00:16::3', host_routes: IPV6_ROUTES } },
  {
    name: 'dual',
    vip: '172.16.1.10',
    body: {
      ...IPV4,
      vrrp_ip: '172.16.1.3',
      host_routes: IPV4_ROUTES,
      additional_vips: [{ ip_address: 'fd00:16::10', ...IPV6, host_routes: IPV6_ROUTES }],
    },
  },
];

const withoutGateway = (body: {
  readonly additional_vips?: readonly object[];
  readonly [key: string]: unknown;
}): object => ({
  ...body,
  gateway: null,
  host_routes: [],
  additional_vips: (body.additional_vips ?? []).map((vip) => ({ ...vip, gateway: null, host_routes: [] })),
});

export const plugExamples: readonly PlugExample[] = [
  ...families.flatMap(({ name, vip, body }) => [
    { name, vip, body: { ...COMMON, ...body } },
    { name: `${name}-no-gateway`, vip, body: { ...COMMON, ...withoutGateway(body) } },
    { name: `${name}-no-vrrp-address`, vip, body: { ...COMMON, ...body, vrrp_ip: null } },
  ]),
  {
    name: 'two-vips-of-one-subnet',
    vip: '172.16.1.10',
    body: {
      ...COMMON,
      ...IPV4,
      vrrp_ip: '172.16.1.3',
      host_routes: [],
      additional_vips: [{ ip_address: '172.16.1.11', ...IPV4, host_routes: [] }],
    },
  },
  {
    name: 'v6-before-v4-no-vrrp-address',
    vip: 'fd00:16::10',
    body: {
      ...COMMON,
      ...IPV6,
      host_routes: [],
      additional_vips: [
        { ip_address: '172.16.1.10', ...IPV4, host_routes: IPV4_ROUTES },
        { ip_address: 'fd00:16::11', ...IPV6, host_routes: [] },
      ],
    },
  },
];
