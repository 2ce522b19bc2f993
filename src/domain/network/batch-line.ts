import type { IpVersion } from './addresses.ts';

/** One line for `ip -batch`. */
export interface BatchLine {
  /** for `ip -4` or `ip -6`: a mixed batch accepts no IPv6 rule. Lines about the link itself count as 4. */
  readonly version: IpVersion;
  readonly text: string;
  /** true for a host route: the interface is usable even when the kernel refuses the line */
  readonly optional: boolean;
}
