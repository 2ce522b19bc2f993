/** Who made a route or rule; `other` where the agent doesn't need to know. */
export type Origin = 'kernel' | 'static' | 'keepalived' | 'other';

export interface KernelAddress {
  readonly address: string;
  readonly prefixLength: number;
  /** from DHCP or router advertisements: it has a lifetime */
  readonly dynamic: boolean;
  /** the kernel's own, as fe80::/64 and ::1 are */
  readonly local: boolean;
  /** duplicate address detection goes on, or found another owner: the address can't be used */
  readonly tentative: boolean;
  readonly duplicate: boolean;
}

export interface KernelRoute {
  /** ADDRESS/LENGTH */
  readonly destination: string;
  readonly table: number;
  readonly gateway: string | undefined;
  readonly preferredSource: string | undefined;
  readonly metric: number;
  readonly origin: Origin;
}

export interface KernelRule {
  readonly priority: number;
  /** 0.0.0.0 or :: with length 0 for any source */
  readonly source: string;
  readonly sourceLength: number;
  readonly table: number;
  /** it has further conditions (mark, destination, interface, …) */
  readonly selective: boolean;
  readonly origin: Origin;
}

/** What the kernel has of one interface: unicast routes of every table but `local`, and the rules of the namespace. */
export interface InterfaceState {
  readonly name: string;
  readonly up: boolean;
  readonly mtu: number;
  readonly addresses: readonly KernelAddress[];
  readonly routes: readonly KernelRoute[];
  readonly rules: readonly KernelRule[];
}
