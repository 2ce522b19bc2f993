/** A route to hosts behind a router of the subnet. Addresses are in their shortest form. */
export interface HostRoute {
  /** ADDRESS/LENGTH */
  readonly destination: string;
  readonly nexthop: string;
}

/** An address and its subnet. Gateway, address and subnet have the same IP version. */
export interface SubnetAddress {
  readonly address: string;
  /** ADDRESS/LENGTH */
  readonly subnet: string;
  readonly gateway: string | undefined;
  readonly hostRoutes: readonly HostRoute[];
}

/** A checked plug/network request. */
export interface PlugNetworkRequest {
  /** lower case, with colons */
  readonly macAddress: string;
  readonly mtu: number | undefined;
  readonly isSriov: boolean;
  /** empty when the addresses come from DHCP and SLAAC */
  readonly fixedIps: readonly SubnetAddress[];
  /** the whole VIP port, after its subnets changed; it contains the fixed IPs too */
  readonly vip: PlugVipRequest | undefined;
}

/** A checked plug/vip request. Every address is valid and in its shortest form. */
export interface PlugVipRequest {
  /** lower case, with colons */
  readonly macAddress: string;
  readonly mtu: number | undefined;
  readonly isSriov: boolean;
  /** the VIP of the request's path, then the additional VIPs */
  readonly vips: readonly [SubnetAddress, ...SubnetAddress[]];
  /** the amphora's own address in the VIP's subnet; undefined when it comes from DHCP or SLAAC */
  readonly vrrp: { readonly address: string; readonly subnet: string } | undefined;
  /** further addresses of the port, after its subnets changed */
  readonly fixedIps: readonly SubnetAddress[];
}
