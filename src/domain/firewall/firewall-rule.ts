/** A kind of traffic that may reach the VIP's interface. */
export interface FirewallRule {
  readonly protocol: 'tcp' | 'udp' | 'sctp' | 'vrrp';
  /** ADDRESS/LENGTH; undefined for any source */
  readonly source: string | undefined;
  /** meaningless for VRRP, which has no ports */
  readonly port: number;
}
