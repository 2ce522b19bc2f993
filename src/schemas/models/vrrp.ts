import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { ipVersion, type Reading, readNetwork, readNetworkLoosely } from '../../domain/network/addresses.ts';
import { VIP_INTERFACE } from '../../domain/network/interface-plan.ts';
import type { SubnetAddress } from '../../domain/network/plug-request.ts';
import { parseModel } from './faults.ts';
import { address, between, listOf, oneOf, optional, withDefault } from './scalars.ts';

/** keepalived uses the first eight characters of a password. This pattern excludes the special characters of its parser. */
const PASSWORD = /^[\w.,:;+*/=%&?()^|<>[\]-]{1,8}$/;
/** The names that Linux allows, without characters that are special to keepalived or a shell. */
const INTERFACE = /^(?!\.{1,2}$)[\w.-]{1,15}$/;
/** The highest number of VIPs: an advertisement counts its addresses in one byte (RFC 5798, section 5.2.5). */
const MOST_VIPS = 255;
/**
 * The longest interval in seconds. VRRP version 3 (IPv6) has 12 bits of hundredths of a second, version 2 one byte of
 * seconds.
 */
const LONGEST_INTERVAL = { 4: 255, 6: 40 } as const;
/** 255 is reserved for a router that owns the VIP as its own address (RFC 5798, section 5.2.4). */
const HIGHEST_PRIORITY = 254;
const DAY = 86_400;
/** The longest timer in seconds. keepalived counts microseconds in 32 bits. */
const LONGEST_TIMER = 4294;

const NOT_OF_A_HOST = new Set(['unspecified', 'multicast', 'broadcast', 'loopback']);
const hostAddress = address.refine((given) => !NOT_OF_A_HOST.has(ipaddr.parse(given).range()), {
  message: 'not the address of a host',
  // later checks would fail on an invalid address
  abort: true,
  when: ({ issues }) => issues.length === 0,
});

const network = (read: (given: string) => Reading<string>) =>
  z.string().transform((given, context): string => {
    const reading = read(given);
    if ('value' in reading) return reading.value;
    context.issues.push({ code: 'custom', message: 'not an IP network', input: given });
    return z.NEVER;
  });

const vip = z
  .object({
    ip_address: hostAddress,
    subnet_cidr: network(readNetwork),
    gateway: optional(z.union([z.literal(''), hostAddress], 'not an IP address')),
    host_routes: listOf(z.object({ destination: network(readNetworkLoosely), nexthop: hostAddress })),
  })
  .transform(
    ({ ip_address, subnet_cidr, gateway, host_routes }): SubnetAddress => ({
      address: ip_address,
      subnet: subnet_cidr,
      gateway: gateway || undefined,
      hostRoutes: host_routes,
    }),
  );

const vrrpFields = z.object({
  instance: z.string().regex(/^[\w-]{1,64}$/, 'must be 1 to 64 letters, digits, _ or -'),
  interface: withDefault(z.string().regex(INTERFACE, 'not the name of an interface'), VIP_INTERFACE),
  virtual_router_id: withDefault(between(1, 255), 1),
  priority: between(1, HIGHEST_PRIORITY),
  advert_int: withDefault(between(1, LONGEST_INTERVAL[4]), 1),
  auth_type: withDefault(oneOf(['PASS', 'AH']), 'PASS'),
  auth_pass: optional(z.string().regex(PASSWORD, 'must be 1 to 8 characters that keepalived.conf can hold')),
  unicast_src_ip: hostAddress,
  unicast_peers: listOf(hostAddress),
  vips: z.array(vip).max(MOST_VIPS, `more than ${MOST_VIPS}`),
  garp_master_refresh: withDefault(between(0, DAY), 5),
  garp_master_refresh_repeat: withDefault(between(1, 100), 2),
  check_interval: withDefault(between(1, LONGEST_TIMER), 5),
  check_fall: withDefault(between(1, 100), 2),
  check_rise: withDefault(between(1, 100), 2),
});
type VrrpFields = z.output<typeof vrrpFields>;

/** The VRRP instance with which the amphorae of a pair share their VIPs. Addresses are in their shortest form. */
export interface VrrpModel {
  readonly instance: string;
  readonly interfaceName: string;
  readonly virtualRouterId: number;
  readonly priority: number;
  /** in seconds */
  readonly advertisementInterval: number;
  /** undefined without a password */
  readonly authentication: { readonly type: 'PASS' | 'AH'; readonly password: string } | undefined;
  readonly source: string;
  /** addresses of the other amphorae; they have the source's IP version, and so has at least one VIP */
  readonly peers: readonly string[];
  readonly vips: readonly SubnetAddress[];
  /** seconds between rounds of gratuitous ARP; 0 for none */
  readonly garpRefresh: number;
  readonly garpRefreshRepeat: number;
  readonly check: { readonly interval: number; readonly fall: number; readonly rise: number };
}

export const vrrpDocument = vrrpFields.superRefine(checkTogether).transform(
  (raw): VrrpModel => ({
    instance: raw.instance,
    interfaceName: raw.interface,
    virtualRouterId: raw.virtual_router_id,
    priority: raw.priority,
    advertisementInterval: raw.advert_int,
    authentication:
      raw.auth_pass === undefined ? undefined : { type: raw.auth_type, password: raw.auth_pass },
    source: raw.unicast_src_ip,
    peers: [...new Set(raw.unicast_peers)].filter((peer) => peer !== raw.unicast_src_ip),
    vips: raw.vips,
    garpRefresh: raw.garp_master_refresh,
    garpRefreshRepeat: raw.garp_master_refresh_repeat,
    check: { interval: raw.check_interval, fall: raw.check_fall, rise: raw.check_rise },
  }),
);

/**
 * Parses the JSON body of PUT vrrp/upload (docs/contract.md, section 11). Absent and null values become Octavia's defaults.
 * Unknown keys are ignored.
 * @throws InvalidInput 'request': one line per fault, with its path in the document
 */
export const parseVrrpModel = (json: unknown): VrrpModel => parseModel(vrrpDocument, json);

type Complain = (path: readonly PropertyKey[], problem: string) => void;

function checkTogether(raw: VrrpFields, context: z.RefinementCtx): void {
  const complain: Complain = (path, message) =>
    context.addIssue({ code: 'custom', path: [...path], message });
  const version = ipVersion(raw.unicast_src_ip);
  for (const [index, peer] of raw.unicast_peers.entries()) {
    if (ipVersion(peer) !== version)
      complain(['unicast_peers', index], `must be IPv${version} like unicast_src_ip`);
  }
  if (!raw.vips.some(({ address }) => ipVersion(address) === version))
    complain(['vips'], `no VIP is IPv${version} like unicast_src_ip`);
  if (raw.advert_int > LONGEST_INTERVAL[version])
    complain(
      ['advert_int'],
      `longer than ${LONGEST_INTERVAL[version]} s, the longest interval with IPv${version}`,
    );
  for (const [index, { address }] of raw.vips.entries()) {
    const isRepeated = raw.vips.findIndex((other) => other.address === address) < index;
    if (isRepeated) complain(['vips', index, 'ip_address'], 'occurs twice');
    if ([raw.unicast_src_ip, ...raw.unicast_peers].includes(address))
      complain(['vips', index, 'ip_address'], "an amphora's own address");
  }
  for (const [index, one] of raw.vips.entries())
    checkVip(one, (path, problem) => complain(['vips', index, ...path], problem));
}

function checkVip({ address, subnet, gateway, hostRoutes }: SubnetAddress, complain: Complain): void {
  const version = ipVersion(address);
  if (ipVersion(subnet) !== version) complain(['subnet_cidr'], `must be IPv${version} like ip_address`);
  if (gateway !== undefined && ipVersion(gateway) !== version)
    complain(['gateway'], `must be IPv${version} like ip_address`);
  for (const [index, { destination, nexthop }] of hostRoutes.entries()) {
    if (ipVersion(destination) !== ipVersion(nexthop))
      complain(['host_routes', index, 'nexthop'], `must be IPv${ipVersion(destination)} like destination`);
  }
}
