import type { FirewallRule } from '../../../src/domain/firewall/firewall-rule.ts';

/** Rules with every protocol and every kind of source. */
export const FIREWALL_EXAMPLE: readonly FirewallRule[] = [
  { protocol: 'tcp', source: undefined, port: 80 },
  { protocol: 'tcp', source: '10.90.0.1/32', port: 8080 },
  { protocol: 'udp', source: '10.90.0.0/24', port: 53 },
  { protocol: 'udp', source: '0.0.0.0/0', port: 54 },
  { protocol: 'sctp', source: 'fd00::/64', port: 5000 },
  { protocol: 'tcp', source: '::/0', port: 443 },
  { protocol: 'vrrp', source: '10.90.0.4/32', port: 112 },
  { protocol: 'vrrp', source: undefined, port: 112 },
];
