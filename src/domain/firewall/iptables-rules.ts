import type { EgressOptions } from './nft-ruleset.ts';

/**
 * Texts for `iptables-restore --noflush` (iptables-restore(8)), for images without nft. Rules lie in a chain per interface,
 * which a text fills anew; each table is loaded at once.
 */

interface Jump {
  readonly table: 'nat' | 'raw';
  /** as iptables-save writes it, without the verb */
  readonly rule: string;
}

const chainOf = (name: string): string => `amphora-${name}`;

const jumpsOf = (name: string): Jump[] => [
  { table: 'nat', rule: `POSTROUTING -o ${name} -j ${chainOf(name)}` },
  { table: 'raw', rule: `PREROUTING -i ${name} -j ${chainOf(name)}` },
  { table: 'raw', rule: `OUTPUT -o ${name} -j ${chainOf(name)}` },
];

/** The same as egressRuleset. @param saved what iptables-save prints */
export function egressRestore(name: string, saved: string, { bypassTcp }: EgressOptions): string {
  const chain = chainOf(name);
  const rules = {
    nat: ['udp', 'sctp'].map((protocol) => `-A ${chain} -p ${protocol} -j MASQUERADE`),
    raw: bypassTcp ? [`-A ${chain} -p tcp -j CT --notrack`] : [],
  };
  return restoreText(chain, (table) => [
    ...jumpsIn(name, table)
      .filter((rule) => !isSaved(saved, rule))
      .map((rule) => `-A ${rule}`),
    ...rules[table],
  ]);
}

/** The same as egressRemoval. @param saved what iptables-save prints */
export function egressUnrestore(name: string, saved: string): string {
  const chain = chainOf(name);
  return restoreText(chain, (table) => [
    ...jumpsIn(name, table)
      .filter((rule) => isSaved(saved, rule))
      .map((rule) => `-D ${rule}`),
    `-X ${chain}`,
  ]);
}

const jumpsIn = (name: string, table: Jump['table']): string[] =>
  jumpsOf(name)
    .filter((jump) => jump.table === table)
    .map(({ rule }) => rule);

const isSaved = (saved: string, rule: string): boolean => saved.split('\n').includes(`-A ${rule}`);

/** Naming a chain makes it where it is missing, and empties it. */
const restoreText = (chain: string, contentOf: (table: Jump['table']) => readonly string[]): string =>
  (['nat', 'raw'] as const)
    .flatMap((table) => [`*${table}`, `:${chain} - [0:0]`, ...contentOf(table), 'COMMIT'])
    .map((text) => `${text}\n`)
    .join('');
