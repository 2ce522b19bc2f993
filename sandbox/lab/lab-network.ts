/** The networks of a lab: addresses and names worked out from its number, nothing else. */

export const NETWORK_NAMES = ['mgmt', 'vip', 'member', 'client'] as const;
export type NetworkName = (typeof NETWORK_NAMES)[number];

/** One bridge with an IPv4 and an IPv6 subnet; the lab's own end is host 1, the gateway of both. */
export interface LabNetwork {
  readonly name: NetworkName;
  readonly bridge: string;
  readonly cidr: string;
  readonly gateway: string;
  readonly cidr6: string;
  readonly gateway6: string;
  /** IPv4 address of a host of the subnet. @param host 1 to 254 */
  host(host: number): string;
  /** IPv6 address of a host of the subnet, written short */
  host6(host: number): string;
}

export const PREFIX_LENGTH = 24;
export const PREFIX_LENGTH_6 = 64;

/** @param lab number of the lab (0 to 199): subnets 10.LAB.0.0/24 to 10.LAB.3.0/24 and fd00:0:LAB::/64 and so on */
export function labNetworks(lab: number): Readonly<Record<NetworkName, LabNetwork>> {
  const network = (name: NetworkName): LabNetwork => {
    const index = NETWORK_NAMES.indexOf(name);
    const host = (number: number): string => `10.${lab}.${index}.${number}`;
    // group 0 would be squeezed out of the short form, so labs and networks count from 1 in IPv6
    const host6 = (number: number): string => `fd00:${lab + 1}:${index + 1}::${number.toString(16)}`;
    return {
      name,
      bridge: scopedName(`br-${name}`, lab),
      cidr: `10.${lab}.${index}.0/${PREFIX_LENGTH}`,
      gateway: host(1),
      cidr6: `fd00:${lab + 1}:${index + 1}::/${PREFIX_LENGTH_6}`,
      gateway6: host6(1),
      host,
      host6,
    };
  };
  return { mgmt: network('mgmt'), vip: network('vip'), member: network('member'), client: network('client') };
}

/** Names of lab 0 are plain; those of the others carry the number. */
export const scopedName = (name: string, lab: number): string => (lab === 0 ? name : `${name}-${lab}`);
