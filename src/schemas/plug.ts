import * as z from 'zod';
import {
  contains,
  ipVersion,
  type Reading,
  readAddress,
  readNetwork,
  readNetworkLoosely,
} from '../domain/network/addresses.ts';
import type { HostRoute, PlugVipRequest, SubnetAddress } from '../domain/network/plug-request.ts';
import { type InputSubject, InvalidInput } from '../errors.ts';
import { parseUntilFault } from './models/first-fault.ts';

const hostRoutes = z
  .array(z.object({ destination: z.string(), nexthop: z.string() }))
  .nullish()
  .transform((routes) => routes ?? []);

/** A gateway. Controllers send null, or some an empty text, for a subnet without a gateway. */
const gateway = z.union([z.string(), z.null()]).transform((text) => text || undefined);

const subnetAddress = z.object({
  ip_address: z.string(),
  subnet_cidr: z.string(),
  gateway: gateway.optional(),
  host_routes: hostRoutes,
});
export type RawSubnetAddress = z.infer<typeof subnetAddress>;

export const subnetAddresses = z
  .array(subnetAddress)
  .nullish()
  .transform((entries) => entries ?? []);

/**
 * An MTU in bytes, from 68 (the minimum of IPv4, RFC 791) to 65535 (the longest packet). 0 has the same meaning as null, no
 * MTU: Neutron has 0 for a network without an MTU of its own (neutron-lib, api/definitions/network_mtu_writable.py).
 */
export const mtu = z
  .union([z.literal(0), z.int().min(68).max(65_535)])
  .nullish()
  .transform((value) => value || undefined);

export const macAddress = z
  .string()
  .regex(/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i, 'not a MAC address')
  .transform((mac) => mac.toLowerCase());

export const isSriov = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);

export const plugVipBody = z.object({
  subnet_cidr: z.string(),
  gateway,
  mac_address: macAddress,
  vrrp_ip: z
    .string()
    .nullish()
    .transform((text) => text || undefined),
  mtu,
  host_routes: hostRoutes,
  additional_vips: subnetAddresses,
  fixed_ips: subnetAddresses,
  is_sriov: isSriov,
});

/**
 * Parses a plug/vip request and converts every address to its canonical form. Unknown keys are ignored.
 * @param vip the address in the path, in any spelling
 * @param body the parsed JSON body; undefined when it was no JSON
 * @throws InvalidInput 'subnet-information' for the body's shape, 'vip', 'vrrp-address', in this order; then
 *   'subnet-information' for the other addresses
 */
export function parsePlugVip(vip: string, body: unknown): PlugVipRequest {
  const parsed = parseUntilFault(plugVipBody, body);
  if (!parsed.success) throw new InvalidInput('subnet-information', firstProblem(parsed.error));
  const raw = parsed.data;
  const rawVips: [RawSubnetAddress, ...RawSubnetAddress[]] = [
    { ...raw, ip_address: vip },
    ...raw.additional_vips,
  ];
  const places = rawVips.map((entry) => readPlace(entry, 'vip'));
  const vrrp = raw.vrrp_ip === undefined ? undefined : readVrrp(raw.vrrp_ip, places);
  const [first, ...others] = rawVips;
  return {
    macAddress: raw.mac_address,
    mtu: raw.mtu,
    isSriov: raw.is_sriov,
    vips: [readSubnetAddress(first, 'vip'), ...others.map((entry) => readSubnetAddress(entry, 'vip'))],
    vrrp,
    fixedIps: raw.fixed_ips.map((entry) => readSubnetAddress(entry, 'subnet-information')),
  };
}

interface Place {
  readonly address: string;
  readonly subnet: string;
}

function readPlace(raw: RawSubnetAddress, subject: InputSubject): Place {
  const address = valid(readAddress(raw.ip_address), subject);
  const subnet = valid(readNetwork(raw.subnet_cidr), subject);
  requireSameVersion(address, subnet, subject);
  return { address, subnet };
}

/**
 * Reads an address with its subnet, gateway and host routes.
 * @param subject the error's subject for a wrong address or subnet
 * @param wayThere the error's subject for a wrong gateway or host route
 * @throws InvalidInput
 */
export function readSubnetAddress(
  raw: RawSubnetAddress,
  subject: InputSubject,
  wayThere: InputSubject = 'subnet-information',
): SubnetAddress {
  const place = readPlace(raw, subject);
  const routerAddress = raw.gateway === undefined ? undefined : valid(readAddress(raw.gateway), wayThere);
  if (routerAddress !== undefined) requireSameVersion(routerAddress, place.subnet, wayThere);
  const hostRoutes = raw.host_routes.map((route) => readHostRoute(route, wayThere));
  return { ...place, gateway: routerAddress, hostRoutes };
}

function readHostRoute(raw: { destination: string; nexthop: string }, subject: InputSubject): HostRoute {
  return {
    destination: valid(readNetworkLoosely(raw.destination), subject),
    nexthop: valid(readAddress(raw.nexthop), subject),
  };
}

/**
 * Reads the VRRP address. It usually lies in the subnet of a VIP. Otherwise its length comes from a VIP of its IP version.
 */
function readVrrp(text: string, vips: readonly Place[]): Place {
  const address = valid(readAddress(text), 'vrrp-address');
  const vip =
    vips.find(({ subnet }) => contains(subnet, address)) ??
    vips.find(({ subnet }) => ipVersion(subnet) === ipVersion(address));
  if (vip === undefined) {
    throw new InvalidInput('vrrp-address', `no VIP has the IP version of ${address}`);
  }
  return { address, subnet: vip.subnet };
}

function requireSameVersion(address: string, subnet: string, subject: InputSubject): void {
  if (ipVersion(address) !== ipVersion(subnet)) {
    throw new InvalidInput(subject, `${address} and ${subnet} have different IP versions`);
  }
}

function valid<Value>(reading: Reading<Value>, subject: InputSubject): Value {
  if ('problem' in reading) throw new InvalidInput(subject, reading.problem);
  return reading.value;
}

/** Describes the first fault of a body in one line. */
export function firstProblem(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue === undefined ? 'not understood' : `${issue.path.join('.') || 'body'}: ${issue.message}`;
}
