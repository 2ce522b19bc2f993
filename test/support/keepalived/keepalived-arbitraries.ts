import fc from 'fast-check';
import { exampleId, memberJson } from '../models/models.ts';
import { lvsJson, monitorJson, vrrpJson } from './keepalived-models.ts';

/** Random models for keepalived: most are valid, some contain characters that would break out of a line. */

const ODD = ['a b', 'a"b', "a'b", 'a#b', 'a!b', 'a\nb', 'a}b', '${_PWD}', '~SEQ(1,2)', 'ä', '@a', '\\', ''];
const oddly = <Value>(usual: fc.Arbitrary<Value>): fc.Arbitrary<Value | string> =>
  fc.oneof({ arbitrary: usual, weight: 40 }, { arbitrary: fc.constantFrom(...ODD), weight: 1 });
const optionally = <Value>(usual: fc.Arbitrary<Value>) => fc.option(usual, { nil: undefined });

const host4 = fc.nat({ max: 250 }).map((host) => `10.0.1.${host + 2}`);
const host6 = fc.integer({ min: 2, max: 0xffff }).map((host) => `2001:db8:1::${host.toString(16)}`);

interface Family {
  readonly hosts: fc.Arbitrary<string>;
  readonly subnet: string;
  readonly destinations: readonly string[];
}
const FAMILIES: readonly Family[] = [
  {
    hosts: host4,
    subnet: '10.0.1.0/24',
    destinations: ['10.9.0.0/16', '0.0.0.0/0', '10.0.1.0/24', '192.0.2.7'],
  },
  { hosts: host6, subnet: '2001:db8:1::/64', destinations: ['2001:db8:9::/48', '::/0', '2001:db8:7::1'] },
];
const familiesFirst = fc.constantFrom(...FAMILIES);

const vipOf = ({ hosts, subnet, destinations }: Family) =>
  fc.record({
    ip_address: oddly(hosts),
    subnet_cidr: fc.constant(subnet),
    gateway: fc.option(hosts),
    host_routes: fc.array(fc.record({ destination: fc.constantFrom(...destinations), nexthop: hosts }), {
      maxLength: 3,
    }),
  });

const scalars = fc.record({
  instance: oddly(fc.stringMatching(/^[\w-]{1,40}$/)),
  priority: fc.integer({ min: 1, max: 254 }),
  virtual_router_id: fc.integer({ min: 1, max: 255 }),
  advert_int: fc.integer({ min: 1, max: 41 }),
  auth_type: fc.constantFrom('PASS', 'AH', null),
  auth_pass: fc.option(oddly(fc.stringMatching(/^[\w.,:;+*=%&?()<>-]{1,8}$/))),
  garp_master_refresh: optionally(fc.nat({ max: 86_400 })),
  garp_master_refresh_repeat: optionally(fc.integer({ min: 1, max: 100 })),
  check_interval: optionally(fc.integer({ min: 1, max: 4294 })),
  check_fall: optionally(fc.integer({ min: 1, max: 100 })),
  check_rise: optionally(fc.integer({ min: 1, max: 100 })),
});

export interface VrrpJson {
  readonly instance: string;
  readonly unicast_src_ip: string;
  readonly vips: readonly { readonly ip_address: string }[];
  readonly [field: string]: unknown;
}

export const vrrpModels: fc.Arbitrary<VrrpJson> = familiesFirst.chain((own) =>
  fc
    .record({
      fields: scalars,
      unicast_src_ip: own.hosts,
      unicast_peers: fc.array(own.hosts, { maxLength: 3 }),
      vips: fc.array(fc.oneof({ arbitrary: vipOf(own), weight: 2 }, familiesFirst.chain(vipOf)), {
        minLength: 1,
        maxLength: 5,
      }),
    })
    .map(({ fields, ...places }) => ({ ...vrrpJson(), ...fields, ...places })),
);

const path = fc.stringMatching(/^\/[!-~]{0,30}$/);
const monitors = fc
  .record({
    type: fc.constantFrom('UDP-CONNECT', 'HTTP', 'HTTP', 'TCP', 'SCTP'),
    delay: fc.integer({ min: 1, max: 2_000_000 }),
    timeout: fc.integer({ min: 1, max: 4400 }),
    max_retries: fc.integer({ min: 1, max: 10 }),
    max_retries_down: fc.integer({ min: 1, max: 10 }),
    http_method: fc.constantFrom('GET', 'GET', 'HEAD', 'POST', 'OPTIONS'),
    url_path: oddly(path),
    expected_codes: fc.constantFrom('200', '200-204', '200, 202-204,301', '418,200-299,500'),
    http_version: fc.constantFrom(1, 1.1, null),
    domain_name: fc.option(oddly(fc.constantFrom('member.example', 'a-b_c.example'))),
    admin_state_up: fc.boolean(),
  })
  .map(({ type, ...fields }) => monitorJson(type, fields));

const members = fc.uniqueArray(
  fc.record({
    address: fc.oneof(host4, host6),
    protocol_port: fc.integer({ min: 1, max: 65_535 }),
    weight: fc.integer({ min: 0, max: 256 }),
    backup: fc.nat({ max: 60 }).map((number) => number === 0),
    monitor_address: fc.option(fc.oneof(host4, host6)),
    monitor_port: fc.option(fc.integer({ min: 1, max: 65_535 })),
    admin_state_up: fc.boolean(),
  }),
  { maxLength: 6, selector: ({ address, protocol_port }) => `${address} ${protocol_port}` },
);

const persistences = fc.record({
  type: fc.constant('SOURCE_IP'),
  persistence_timeout: fc.option(fc.integer({ min: 1, max: 2_147_483 })),
  persistence_granularity: fc.option(oddly(fc.constantFrom('255.255.255.0', '255.128.0.0', '64', '128'))),
});

/** Dual-stack load balancers of one listener, with the names of their enabled members, IPv4 first. */
export const lvsModels = fc
  .record({
    protocol: fc.constantFrom('UDP', 'SCTP'),
    port: fc.integer({ min: 1, max: 65_535 }),
    connection_limit: fc.option(fc.integer({ min: -1, max: 2_000_000_000 })),
    lb_algorithm: fc.constantFrom('ROUND_ROBIN', 'LEAST_CONNECTIONS', 'SOURCE_IP', 'SOURCE_IP_PORT'),
    members,
    healthmonitor: fc.option(monitors),
    session_persistence: fc.option(persistences),
    isPoolUp: fc.boolean(),
  })
  .map(({ port, connection_limit, members: rows, isPoolUp, ...pool }) => ({
    json: lvsJson(
      {
        ...pool,
        admin_state_up: isPoolUp,
        members: rows.map((row, index) => memberJson({ member_id: exampleId(4, index), ...row })),
      },
      { protocol: pool.protocol, protocol_port: port, connection_limit },
      { additional_vips: [{ ip_address: '2001:db8:1::1' }] },
    ),
    members: isPoolUp ? [...named(rows, '.'), ...named(rows, ':')] : [],
  }));

const named = (
  rows: readonly {
    readonly address: string;
    readonly protocol_port: number;
    readonly admin_state_up: boolean;
  }[],
  mark: '.' | ':',
): string[] =>
  rows
    .filter(({ address, admin_state_up }) => admin_state_up && address.includes(mark))
    .map(({ address, protocol_port }) => `${address} ${protocol_port}`);
