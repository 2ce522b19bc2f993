import ipaddr from 'ipaddr.js';

export type IpVersion = 4 | 6;

/** The result of reading a text: the value, or a problem in the wording that controllers know. */
export type Reading<Value> = { readonly value: Value } | { readonly problem: string };

/**
 * Returns whether the text is an address in its usual notation. ipaddr.js alone also accepts 010.1 and ::0x7f.1.2.3; and a zone
 * (fe80::1%eth0) would reach `ip` as part of the address.
 */
export function isPlainAddress(text: string): boolean {
  const tail = text.slice(text.lastIndexOf(':') + 1);
  const { IPv4, IPv6 } = ipaddr;
  if (!text.includes(':')) return IPv4.isValidFourPartDecimal(text);
  return (
    IPv6.isValid(text) && !text.includes('%') && (!tail.includes('.') || IPv4.isValidFourPartDecimal(tail))
  );
}

const canonical = (text: string): string => ipaddr.parse(text).toString();

/** Reads an IP address in any spelling. The value is its shortest form (RFC 5952), which the kernel uses too. */
export function readAddress(text: string): Reading<string> {
  if (isPlainAddress(text)) return { value: canonical(text) };
  return { problem: `'${text}' does not appear to be an IPv4 or IPv6 address` };
}

/**
 * Reads a network in CIDR notation. A text without a length is a single address.
 * The value is ADDRESS/LENGTH with the address in its shortest form.
 * @returns a problem for any other text, and when bits of the host part are set
 */
export function readNetwork(text: string): Reading<string> {
  const reading = readCidr(text);
  if ('problem' in reading) return reading;
  const { address, length } = reading.value;
  const network = networkOf(address, length);
  return network === `${address}/${length}` ? { value: network } : { problem: `${text} has host bits set` };
}

/** Reads a network like readNetwork, but clears its host bits. */
export function readNetworkLoosely(text: string): Reading<string> {
  const reading = readCidr(text);
  if ('problem' in reading) return reading;
  return { value: networkOf(reading.value.address, reading.value.length) };
}

function readCidr(text: string): Reading<{ address: string; length: number }> {
  const problem = `'${text}' does not appear to be an IPv4 or IPv6 network`;
  const [address = '', lengthText, ...rest] = text.split('/');
  if (!isPlainAddress(address) || rest.length > 0) return { problem };
  if (lengthText !== undefined && !/^\d{1,3}$/.test(lengthText)) return { problem };
  const length = lengthText === undefined ? hostLength(address) : Number(lengthText);
  return length > hostLength(address) ? { problem } : { value: { address: canonical(address), length } };
}

/** @param address an address or a network */
export const ipVersion = (address: string): IpVersion => (address.includes(':') ? 6 : 4);

/** Returns the IP versions of some addresses or networks, IPv4 first. */
export const versionsAmong = (addresses: readonly string[]): IpVersion[] =>
  ([4, 6] as const).filter((version) => addresses.some((address) => ipVersion(address) === version));

/** Returns the prefix length of a single address: 32 or 128. */
export const hostLength = (address: string): number => (ipVersion(address) === 4 ? 32 : 128);

/** Returns the prefix length of a network (ADDRESS/LENGTH). */
export const prefixLengthOf = (network: string): number => Number(network.slice(network.indexOf('/') + 1));

/** Returns the network of an address with a prefix length, as ADDRESS/LENGTH. */
export function networkOf(address: string, prefixLength: number): string {
  const family = ipVersion(address) === 4 ? ipaddr.IPv4 : ipaddr.IPv6;
  return `${family.networkAddressFromCIDR(`${address}/${prefixLength}`).toString()}/${prefixLength}`;
}

/** Whether an address lies in a network. Always false when their IP versions differ. */
export function contains(network: string, address: string): boolean {
  return ipVersion(network) === ipVersion(address) && networkOf(address, prefixLengthOf(network)) === network;
}

/** Returns the bytes of an address as a hexadecimal number. */
export const hexBytesOf = (address: string): string =>
  Buffer.from(ipaddr.parse(address).toByteArray()).toString('hex');

/** Returns the destination of the default route. */
export const defaultRoute = (version: IpVersion): string => (version === 4 ? '0.0.0.0/0' : '::/0');

/** Returns the netmask of an IPv4 network, for example 255.255.255.0 for the length 24. */
export const netmaskOf = (network: string): string =>
  ipaddr.IPv4.subnetMaskFromPrefixLength(prefixLengthOf(network)).toString();

/** Returns the broadcast address of an IPv4 network. */
export const broadcastOf = (network: string): string =>
  ipaddr.IPv4.broadcastAddressFromCIDR(network).toString();

/**
 * Returns an address or network with IPv6 written in full (eight groups of four digits), as Octavia's agent writes it in
 * files and answers. IPv4 stays unchanged.
 */
export function explode(addressOrNetwork: string): string {
  if (ipVersion(addressOrNetwork) === 4) return addressOrNetwork;
  const [address = '', length] = addressOrNetwork.split('/');
  const groups = ipaddr.IPv6.parse(address).parts.map((group) => group.toString(16).padStart(4, '0'));
  const full = groups.join(':');
  return length === undefined ? full : `${full}/${length}`;
}
