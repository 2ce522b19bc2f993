import fc from 'fast-check';
import type { InterfaceFile } from '../../../src/domain/network/interface-file.ts';
import { planVip, type Topology } from '../../../src/domain/network/interface-plan.ts';
import { parsePlugVip } from '../../../src/schemas/plug.ts';

/** A small set of addresses: two plans often have some in common, and several in one subnet. */
const IPV4_SUBNETS = [
  { subnet: '10.90.0.0/24', network: '10.90.0' },
  { subnet: '10.91.0.0/24', network: '10.91.0' },
];
const IPV6_SUBNETS = [
  { subnet: 'fd00:90::/64', network: 'fd00:90:' },
  { subnet: 'fd00:91::/64', network: 'fd00:91:' },
];

const joined = (network: string, host: number): string =>
  network.includes(':') ? `${network}:${host}` : `${network}.${host}`;

const hostRoutes = (network: string): fc.Arbitrary<{ destination: string; nexthop: string }[]> => {
  const destinations = network.includes(':')
    ? ['fd00:a::/64', 'fd00:b::/64', '::/0']
    : ['192.168.1.0/24', '192.168.2.0/24', '0.0.0.0/0'];
  return fc.uniqueArray(
    fc.record({
      destination: fc.constantFrom(...destinations),
      nexthop: fc.constantFrom(253, 254).map((host) => joined(network, host)),
    }),
    { maxLength: 2, selector: ({ destination }) => destination },
  );
};

const place = (
  subnets: { subnet: string; network: string }[],
  firstHost: number,
): fc.Arbitrary<{ ip_address: string; subnet_cidr: string; gateway: string | null; host_routes: object[] }> =>
  fc
    .tuple(fc.constantFrom(...subnets), fc.integer({ min: firstHost, max: firstHost + 2 }), fc.boolean())
    .chain(([{ subnet, network }, host, routed]) =>
      fc.record({
        ip_address: fc.constant(joined(network, host)),
        subnet_cidr: fc.constant(subnet),
        gateway: fc.constant(routed ? joined(network, 1) : null),
        host_routes: hostRoutes(network),
      }),
    );

const anyPlace = (firstHost: number) =>
  fc.oneof(place(IPV4_SUBNETS, firstHost), place(IPV6_SUBNETS, firstHost));

/** Makes bodies of plug/vip with one to three VIPs, of one or both IP versions. */
const body = fc.record({
  vips: fc.uniqueArray(anyPlace(10), {
    minLength: 1,
    maxLength: 3,
    selector: ({ ip_address }) => ip_address,
  }),
  vrrpHost: fc.constantFrom(3, 4, undefined),
  fixedIps: fc.uniqueArray(anyPlace(20), { maxLength: 2, selector: ({ ip_address }) => ip_address }),
  mtu: fc.constantFrom(1400, 1450),
});

/** Makes plans of eth1 from these requests; one machine can have everything that they name. */
export const plansIn = (topology: Topology): fc.Arbitrary<InterfaceFile> =>
  body.map(({ vips: [first, ...others], vrrpHost, fixedIps, mtu }) => {
    if (first === undefined) throw new Error('no VIP');
    const network = first.subnet_cidr.replace(/(\.0|:)\/\d+$/, '');
    const request = parsePlugVip(first.ip_address, {
      ...first,
      mac_address: 'fa:16:3e:00:00:01',
      mtu,
      vrrp_ip: vrrpHost === undefined ? null : joined(network, vrrpHost),
      additional_vips: others,
      fixed_ips: fixedIps,
    });
    return planVip(request, topology);
  });

/** Returns the expected state of the kernel for a plan, one line per entry, sorted: addresses, routes, rules. */
export function expectedText({ addresses, routes, rules }: InterfaceFile): string[] {
  const statics = addresses
    .filter((entry) => entry.kind === 'static')
    .filter(({ octaviaOwned }) => octaviaOwned !== false);
  const connected = [...IPV4_SUBNETS, ...IPV6_SUBNETS]
    .filter(({ subnet, network }) =>
      statics.some((entry) => entry.address.startsWith(network) && subnet.endsWith(`/${entry.prefixLength}`)),
    )
    .map(({ subnet }) => `${subnet} 254`);
  const slots = new Map<string, string>();
  for (const { destination, table, gateway, preferredSource } of routes) {
    const slot = `${destination} ${table}`;
    if (!slots.has(slot)) slots.set(slot, `via ${gateway ?? 'link'} src ${preferredSource ?? '-'}`);
  }
  for (const slot of connected) slots.set(slot, 'connected');
  return [
    ...new Set([
      ...statics.map(({ address, prefixLength }) => `address ${address}/${prefixLength}`),
      ...[...slots].map(([slot, way]) => `route ${slot} ${way}`),
      ...rules.map(({ source, sourceLength, table }) => `rule ${source}/${sourceLength} ${table}`),
    ]),
  ].sort();
}
