import { ipVersion, prefixLengthOf } from '../network/addresses.ts';
import { VIP_INTERFACE } from '../network/interface-plan.ts';
import type { FirewallRule } from './firewall-rule.ts';

/** Texts for `nft -f` (nft(8)): each takes the place of what is loaded, in one transaction. */

const FIREWALL_TABLE = 'inet amphora_table';
/** VRRP (RFC 5798, section 5.1.1.4); its name would need /etc/protocols */
const VRRP_PROTOCOL = 112;

/** The tables are made where they are missing, since deleting what is not there would fail the whole transaction. */
const without = (table: string): string[] => [`table ${table}`, `delete table ${table}`];

/**
 * The firewall of an SR-IOV VIP, which drops by default (contract section 8).
 * @param rules what the listeners need; empty leaves only what a host needs to live on its network
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
 * A firewall as it was stored, by whichever agent, so that loading it again doubles nothing.
 * @returns undefined where it has no table that drops: nft also takes a text that was cut off after its first lines
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

/** What happens to packets at one interface beside filtering. */
export interface EgressOptions {
  /** false while the firewall is there, which knows replies by connection tracking */
  readonly bypassTcp: boolean;
}

/** UDP and SCTP leaving an interface are masqueraded, TCP on it bypasses connection tracking (contract section 8). */
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

/** Takes back what egressRuleset loaded; nothing where nothing is loaded. */
export const egressRemoval = (name: string): string => lines(egressTables(name).flatMap(without));

/** Not one of family inet: that knows nat only since Linux 5.2, and amphorae are older. */
const egressTables = (name: string): string[] => [`ip amphora_${name}`, `ip6 amphora_${name}`];

/** priority raw: before connection tracking sees a packet */
const bypassChain = (hook: string, where: string): string[] => [
  `  chain ${hook} {`,
  `    type filter hook ${hook} priority -300; policy accept;`,
  `    ${where} meta l4proto tcp notrack`,
  '  }',
];

const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('');
