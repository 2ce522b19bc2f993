/**
 * The creator of a route or rule; `other` when the agent needs no distinction. `boot` is what `ip` writes when nobody names a
 * protocol.
 */
export type Origin = 'kernel' | 'boot' | 'static' | 'keepalived' | 'other';

export interface KernelAddress {
  readonly address: string;
  readonly prefixLength: number;
  /** true with a lifetime, from DHCP or router advertisements */
  readonly dynamic: boolean;
  /** true for addresses of the kernel itself, such as fe80::/64 and ::1 */
  readonly local: boolean;
  /** true during duplicate address detection and after it found another owner: the address is unusable */
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
  /** 0.0.0.0 or :: with length 0 stands for any source */
  readonly source: string;
  readonly sourceLength: number;
  readonly table: number;
  /** true with further conditions (mark, destination, interface, …) */
  readonly selective: boolean;
  readonly origin: Origin;
}

/** The kernel's state of one interface: unicast routes of every table except `local`, and the rules of the namespace. */
export interface InterfaceState {
  readonly name: string;
  readonly up: boolean;
  readonly mtu: number;
  readonly addresses: readonly KernelAddress[];
  readonly routes: readonly KernelRoute[];
  readonly rules: readonly KernelRule[];
}
