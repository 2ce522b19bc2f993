import { ipVersion, prefixLengthOf } from '../network/addresses.ts';
import { VIP_INTERFACE } from '../network/interface-plan.ts';
import type { FirewallRule } from './firewall-rule.ts';

/** Texts for `nft -f` (nft(8)). Each replaces the loaded tables in one transaction. */

const FIREWALL_TABLE = 'inet amphora_table';
/** The protocol number of VRRP (RFC 5798, section 5.1.1.4). The name `vrrp` would need /etc/protocols. */
const VRRP_PROTOCOL = 112;

/** Creates the table before deleting it: deleting a missing table would fail the whole transaction. */
const without = (table: string): string[] => [`table ${table}`, `delete table ${table}`];

/**
 * Returns the firewall of an SR-IOV VIP, which drops by default.
 * @param rules traffic of the listeners; with an empty list, only the traffic that a host needs on its network passes
 */
export function firewallRuleset(rules: readonly FirewallRule[]): string {
  return lines([
    ...without(FIREWALL_TABLE),
    `table ${FIREWALL_TABLE} {`,
    '  chain amphora_chain {',
    '    type filter hook input priority 0; policy drop;',
    '    ct state established,related accept',
    '    ct state invalid drop',
    '    iifname "lo" accept',
    '    ip daddr 127.0.0.0/8 drop',
    '    ip6 daddr ::1 drop',
    '    icmp type destination-unreachable accept',
    '    icmpv6 type { destination-unreachable, packet-too-big } accept',
    '    icmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept',
    '    udp sport 67 udp dport 68 accept',
    '    udp sport 547 udp dport 546 accept',
    `    iifname "${VIP_INTERFACE}" goto amphora_vip_chain`,
    '  }',
    '  chain amphora_vip_chain {',
    ...new Set(rules.map((rule) => `    ${ruleText(rule)}`)),
    '  }',
    '}',
  ]);
}

/**
 * Prepares a stored firewall, written by this agent or another one, so that loading it twice doesn't duplicate rules.
 * @returns undefined when the text has no table that drops: nft also accepts a text that was cut off after its first lines
 */
export function storedFirewall(text: string): string | undefined {
  if (!/^\s*table\s+inet\s+amphora_table\s*\{.*policy\s+drop/ms.test(text)) return undefined;
  return lines([...without(FIREWALL_TABLE), text.trimEnd()]);
}

function ruleText({ protocol, source, port }: FirewallRule): string {
  const what = protocol === 'vrrp' ? `meta l4proto ${VRRP_PROTOCOL}` : `${protocol} dport ${port}`;
  return `${sourceText(source)}${what} accept`;
}

function sourceText(source: string | undefined): string {
  if (source === undefined) return '';
  const version = ipVersion(source);
  if (prefixLengthOf(source) === 0) return `meta nfproto ipv${version} `;
  return `${version === 4 ? 'ip' : 'ip6'} saddr ${source} `;
}

/** Options of the treatment of packets at one interface, apart from filtering. */
export interface EgressOptions {
  /** false while the firewall is loaded, because it recognises replies by connection tracking */
  readonly bypassTcp: boolean;
}

/** Returns rules that masquerade outgoing UDP and SCTP of an interface and exempt its TCP from connection tracking. */
export const egressRuleset = (name: string, { bypassTcp }: EgressOptions): string =>
  lines([
    ...egressTables(name).flatMap(without),
    ...egressTables(name).flatMap((table) => [
      `table ${table} {`,
      '  chain postrouting {',
      '    type nat hook postrouting priority 100; policy accept;',
      `    oifname "${name}" meta l4proto { udp, sctp } masquerade`,
      '  }',
      ...(bypassTcp
        ? [...bypassChain('prerouting', `iifname "${name}"`), ...bypassChain('output', `oifname "${name}"`)]
        : []),
      '}',
    ]),
  ]);

/** Returns a text that removes the rules of egressRuleset. Loading it has no effect when none are loaded. */
export const egressRemoval = (name: string): string => lines(egressTables(name).flatMap(without));

/** One table per address family: family inet supports nat only since Linux 5.2, and the kernels of amphorae are older. */
const egressTables = (name: string): string[] => [`ip amphora_${name}`, `ip6 amphora_${name}`];

/** A chain with priority raw, so that it sees packets before connection tracking does. */
const bypassChain = (hook: string, where: string): string[] => [
  `  chain ${hook} {`,
  `    type filter hook ${hook} priority -300; policy accept;`,
  `    ${where} meta l4proto tcp notrack`,
  '  }',
];

const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('');
