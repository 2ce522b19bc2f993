/** One thing that may reach the VIP's interface. */
export interface FirewallRule {
  readonly protocol: 'tcp' | 'udp' | 'sctp' | 'vrrp';
  /** ADDRESS/LENGTH; undefined for any source */
  readonly source: string | undefined;
  /** of no meaning for VRRP, which has no ports */
  readonly port: number;
}
