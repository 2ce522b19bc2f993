/** The networks of a lab: addresses and names, computed from the number of the lab. */

export const NETWORK_NAMES = ['mgmt', 'vip', 'member', 'client'] as const;
export type NetworkName = (typeof NETWORK_NAMES)[number];

/** A bridge with an IPv4 and an IPv6 subnet. The lab is host 1 of both, and their gateway. */
export interface LabNetwork {
  readonly name: NetworkName;
  readonly bridge: string;
  readonly cidr: string;
  readonly gateway: string;
  readonly cidr6: string;
  readonly gateway6: string;
  /** Returns the IPv4 address of a host of the subnet. @param host 1 to 254 */
  host(host: number): string;
  /** Returns the IPv6 address of a host of the subnet, in its short form. */
  host6(host: number): string;
}

export const PREFIX_LENGTH = 24;
export const PREFIX_LENGTH_6 = 64;

/** Returns the networks of a lab. @param lab number of the lab, 0 to 199: 10.LAB.0.0/24 and fd00:LAB+1:1::/64, and so on */
export function labNetworks(lab: number): Readonly<Record<NetworkName, LabNetwork>> {
  const network = (name: NetworkName): LabNetwork => {
    const index = NETWORK_NAMES.indexOf(name);
    const host = (number: number): string => `10.${lab}.${index}.${number}`;
    // IPv6 numbers of labs and networks begin at 1, because the short form would leave out a group of 0
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

/** Returns a name that is unique for the lab: the plain name for lab 0, and the name with the lab's number for others. */
export const scopedName = (name: string, lab: number): string => (lab === 0 ? name : `${name}-${lab}`);
