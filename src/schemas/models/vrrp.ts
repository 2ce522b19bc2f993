import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import {
  ipVersion,
  type Reading,
  readAddress,
  readNetwork,
  readNetworkLoosely,
} from '../../domain/addresses.ts';
import type { HostRoute, SubnetAddress } from '../../domain/plug-request.ts';

/** keepalived uses the first eight characters of a password; these are all that its parser takes for themselves. */
const PASSWORD = /^[\w.,:;+*/=%&?()^|<>[\]-]{1,8}$/;
const INSTANCE = /^[\w-]{1,64}$/;
/** What Linux allows, without what keepalived or a shell would read as something else. */
const INTERFACE = /^(?!\.{1,2}$)[\w.:-]{1,15}$/;
/** An advertisement counts its addresses in one byte (RFC 5798, section 5.2.5). */
const MOST_VIPS = 255;
/** In IPv6 (VRRP version 3) an interval is 12 bits of hundredths of a second, in version 2 one byte of seconds. */
const LONGEST_INTERVAL = { 4: 255, 6: 40 } as const;
const DAY = 86_400;

/** Null, absent and the default are three spellings of one thing. */
const whole = (least: number, most: number, byDefault: number) =>
  z
    .int()
    .min(least)
    .max(most)
    .nullish()
    .transform((value) => value ?? byDefault);

const text = (pattern: RegExp, problem: string) => z.string().regex(pattern, problem);

const read = (reader: (from: string) => Reading<string>, problem: string) =>
  z.string().transform((from, context) => {
    const reading = reader(from);
    if ('value' in reading) return reading.value;
    context.addIssue({ code: 'custom', message: problem });
    return z.NEVER;
  });

const NOT_OF_A_HOST = new Set(['unspecified', 'multicast', 'broadcast', 'loopback']);
/** The address of one host, in its shortest form. */
const hostAddress = read(readAddress, 'not an IP address').refine(
  (address) => !NOT_OF_A_HOST.has(ipaddr.parse(address).range()),
  { message: 'not the address of a host', when: ({ issues }) => issues.length === 0 },
);

const hostRoute = z.object({
  destination: read(readNetworkLoosely, 'not an IP network'),
  nexthop: hostAddress,
}) satisfies z.ZodType<HostRoute>;

const vip = z
  .object({
    ip_address: hostAddress,
    subnet_cidr: read(readNetwork, 'not an IP network'),
    gateway: z.union([hostAddress, z.literal('')]).nullish(),
    host_routes: z.array(hostRoute).nullish(),
  })
  .transform(
    (raw): SubnetAddress => ({
      address: raw.ip_address,
      subnet: raw.subnet_cidr,
      gateway: raw.gateway || undefined,
      hostRoutes: raw.host_routes ?? [],
    }),
  );

const vrrpFields = z.object({
  instance: text(INSTANCE, 'not 1 to 64 letters, digits, _ and -'),
  interface: text(INTERFACE, 'not the name of an interface')
    .nullish()
    .transform((name) => name ?? 'eth1'),
  virtual_router_id: whole(1, 255, 1),
  priority: z.int().min(1).max(255),
  advert_int: whole(1, LONGEST_INTERVAL[4], 1),
  auth_type: z.enum(['PASS', 'AH']).nullish(),
  auth_pass: text(PASSWORD, 'not 1 to 8 characters that keepalived.conf can hold').nullish(),
  unicast_src_ip: hostAddress,
  unicast_peers: z.array(hostAddress).nullish(),
  vips: z.array(vip).min(1).max(MOST_VIPS),
  garp_master_refresh: whole(0, DAY, 5),
  garp_master_refresh_repeat: whole(1, 100, 2),
  check_interval: whole(1, DAY, 5),
  check_fall: whole(1, 100, 2),
  check_rise: whole(1, 100, 2),
});
type VrrpFields = z.infer<typeof vrrpFields>;

/** How the amphorae of a pair share their VIPs: one VRRP instance. Addresses in their shortest form. */
export interface VrrpModel {
  readonly instance: string;
  readonly interfaceName: string;
  readonly virtualRouterId: number;
  readonly priority: number;
  /** seconds */
  readonly advertisementInterval: number;
  /** undefined where there is no password */
  readonly authentication: { readonly type: 'PASS' | 'AH'; readonly password: string } | undefined;
  readonly source: string;
  /** the other amphorae; of the source's IP version, as at least one VIP is */
  readonly peers: readonly string[];
  readonly vips: readonly SubnetAddress[];
  /** seconds between rounds of gratuitous ARP; 0 for none */
  readonly garpRefresh: number;
  readonly garpRefreshRepeat: number;
  readonly check: { readonly interval: number; readonly fall: number; readonly rise: number };
}

/** The body of PUT vrrp/upload as JSON (contract section 11), with Octavia's defaults for what is absent or null. */
export const vrrpModel = vrrpFields.superRefine(checkTogether).transform(
  (raw): VrrpModel => ({
    instance: raw.instance,
    interfaceName: raw.interface,
    virtualRouterId: raw.virtual_router_id,
    priority: raw.priority,
    advertisementInterval: raw.advert_int,
    authentication:
      raw.auth_pass == null ? undefined : { type: raw.auth_type ?? 'PASS', password: raw.auth_pass },
    source: raw.unicast_src_ip,
    peers: [...new Set(raw.unicast_peers)].filter((peer) => peer !== raw.unicast_src_ip),
    vips: raw.vips,
    garpRefresh: raw.garp_master_refresh,
    garpRefreshRepeat: raw.garp_master_refresh_repeat,
    check: { interval: raw.check_interval, fall: raw.check_fall, rise: raw.check_rise },
  }),
);

type Complain = (path: readonly (string | number)[], problem: string) => void;

function checkTogether(raw: VrrpFields, context: z.RefinementCtx): void {
  const complain: Complain = (path, message) =>
    context.addIssue({ code: 'custom', path: [...path], message });
  const version = ipVersion(raw.unicast_src_ip);
  for (const [index, peer] of (raw.unicast_peers ?? []).entries()) {
    if (ipVersion(peer) !== version)
      complain(['unicast_peers', index], `not IPv${version} as unicast_src_ip`);
  }
  if (!raw.vips.some(({ address }) => ipVersion(address) === version))
    complain(['vips'], `none is IPv${version} as unicast_src_ip`);
  if (raw.advert_int > LONGEST_INTERVAL[version])
    complain(['advert_int'], `more than ${LONGEST_INTERVAL[version]} s, the most with IPv${version}`);
  for (const [index, { address }] of raw.vips.entries()) {
    const isRepeated = raw.vips.findIndex((other) => other.address === address) < index;
    if (isRepeated) complain(['vips', index, 'ip_address'], 'is there twice');
  }
  for (const [index, one] of raw.vips.entries())
    checkVip(one, (path, problem) => complain(['vips', index, ...path], problem));
}

function checkVip({ address, subnet, gateway, hostRoutes }: SubnetAddress, complain: Complain): void {
  const version = ipVersion(address);
  if (ipVersion(subnet) !== version) complain(['subnet_cidr'], `not IPv${version} as ip_address`);
  if (gateway !== undefined && ipVersion(gateway) !== version)
    complain(['gateway'], `not IPv${version} as ip_address`);
  for (const [index, { destination, nexthop }] of hostRoutes.entries()) {
    if (ipVersion(destination) !== ipVersion(nexthop))
      complain(['host_routes', index, 'nexthop'], `not IPv${ipVersion(destination)} as destination`);
  }
}
