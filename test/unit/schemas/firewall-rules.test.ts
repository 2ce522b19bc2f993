import { describe, expect, it } from 'vitest';
import { parseFirewallRules } from '../../../src/schemas/firewall-rules.ts';

describe('firewall rules', () => {
  it('are accepted in the spelling of controllers', () => {
    const rules = [
      { protocol: 'TCP', cidr: null, port: 80 },
      { protocol: 'UDP', cidr: '10.0.0.1/8', port: 53 },
      { protocol: 'SCTP', cidr: 'FD00:0::/64', port: 65_535 },
      { protocol: 'vrrp', cidr: '10.90.0.4', port: 112 },
      { protocol: 'TCP', cidr: '0.0.0.0/0', port: 1 },
    ];
    expect(parseFirewallRules(rules)).toEqual([
      { protocol: 'tcp', source: undefined, port: 80 },
      { protocol: 'udp', source: '10.0.0.0/8', port: 53 },
      { protocol: 'sctp', source: 'fd00::/64', port: 65_535 },
      { protocol: 'vrrp', source: '10.90.0.4/32', port: 112 },
      { protocol: 'tcp', source: undefined, port: 1 },
    ]);
    expect(parseFirewallRules([])).toEqual([]);
  });

  const RULE = { protocol: 'TCP', cidr: null, port: 80 };

  it.each([
    [undefined],
    [null],
    [{}],
    [RULE],
    [[null]],
    [[{ ...RULE, protocol: 'tcp' }]],
    [[{ ...RULE, protocol: 'VRRP' }]],
    [[{ ...RULE, protocol: 'ICMP' }]],
    [[{ ...RULE, port: 0 }]],
    [[{ ...RULE, port: 65_536 }]],
    [[{ ...RULE, port: '80' }]],
    [[{ ...RULE, port: 80.5 }]],
    [[{ ...RULE, extra: 1 }]],
    [[{ protocol: 'TCP', port: 80 }]],
    [[{ protocol: 'TCP', cidr: null }]],
    [[{ ...RULE, cidr: '' }]],
    [[{ ...RULE, cidr: '10.0.0.0/33' }]],
    [[{ ...RULE, cidr: '10.0.0.0/8 accept; ct state new accept #' }]],
    [[RULE, { ...RULE, cidr: 'fd00::%eth0/64' }]],
  ])('of another shape are refused: %j', (body) => {
    expect(() => parseFirewallRules(body)).toThrow(
      expect.objectContaining({ name: 'InvalidInput', subject: 'rules-information' }),
    );
  });
});
