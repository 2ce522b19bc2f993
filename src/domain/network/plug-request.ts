/** A route to hosts behind a router of the subnet. Addresses in their shortest form. */
export interface HostRoute {
  /** ADDRESS/LENGTH */
  readonly destination: string;
  readonly nexthop: string;
}

/** An address and the subnet it belongs to. Gateway and address are of one IP version with the subnet. */
export interface SubnetAddress {
  readonly address: string;
  /** ADDRESS/LENGTH */
  readonly subnet: string;
  readonly gateway: string | undefined;
  readonly hostRoutes: readonly HostRoute[];
}

/** A checked plug/network request. */
export interface PlugNetworkRequest {
  /** lower case, colons */
  readonly macAddress: string;
  readonly mtu: number | undefined;
  readonly isSriov: boolean;
  /** empty: the addresses come from DHCP and SLAAC */
  readonly fixedIps: readonly SubnetAddress[];
  /** the whole VIP port, where the subnets of the VRRP port changed; it has the fixed IPs too */
  readonly vip: PlugVipRequest | undefined;
}

/** A checked plug/vip request: every address valid and in its shortest form (contract section 8). */
export interface PlugVipRequest {
  /** lower case, colons */
  readonly macAddress: string;
  readonly mtu: number | undefined;
  readonly isSriov: boolean;
  /** the VIP of the path, then the additional ones */
  readonly vips: readonly [SubnetAddress, ...SubnetAddress[]];
  /** the amphora's own address in the VIP's subnet; without it the address comes from DHCP or SLAAC */
  readonly vrrp: { readonly address: string; readonly subnet: string } | undefined;
  /** further addresses of the port, where its subnets changed */
  readonly fixedIps: readonly SubnetAddress[];
}
