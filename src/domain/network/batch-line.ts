import type { IpVersion } from './addresses.ts';

/** One line for `ip -batch`. */
export interface BatchLine {
  /** for `ip -4` or `ip -6`: in a mixed batch ip takes no IPv6 rule. Lines about the link itself count as 4. */
  readonly version: IpVersion;
  readonly text: string;
  /** a host route: the kernel may refuse it, and the interface is of use all the same */
  readonly optional: boolean;
}
