import * as z from 'zod';
import type { FirewallRule } from '../domain/firewall/firewall-rule.ts';
import { readNetworkLoosely } from '../domain/network/addresses.ts';
import { InvalidInput } from '../errors.ts';
import { parseUntilFault } from './models/first-fault.ts';
import { firstProblem } from './plug.ts';

const PROTOCOLS = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp', vrrp: 'vrrp' } as const;

const cidr = z.string().transform((text, issues) => {
  const reading = readNetworkLoosely(text);
  if ('value' in reading) return reading.value;
  issues.addIssue({ code: 'custom', message: reading.problem });
  return z.NEVER;
});

/** A rule has exactly these three keys. */
export const firewallRulesBody = z.array(
  z.strictObject({
    protocol: z.enum(['TCP', 'UDP', 'SCTP', 'vrrp']).transform((name) => PROTOCOLS[name]),
    cidr: cidr.nullable(),
    port: z.int().min(1).max(65_535),
  }),
);

/** In controllers' rules this network stands for any source, including IPv6. */
const ANY_SOURCE = '0.0.0.0/0';

/** Parses the rules of a firewall. @throws InvalidInput 'rules-information' */
export function parseFirewallRules(body: unknown): FirewallRule[] {
  const parsed = parseUntilFault(firewallRulesBody, body);
  if (!parsed.success) throw new InvalidInput('rules-information', firstProblem(parsed.error));
  return parsed.data.map((rule) => ({
    protocol: rule.protocol,
    source: rule.cidr === null || rule.cidr === ANY_SOURCE ? undefined : rule.cidr,
    port: rule.port,
  }));
}
