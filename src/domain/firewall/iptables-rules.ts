import type { EgressOptions } from './nft-ruleset.ts';

/**
 * Texts for `iptables-restore --noflush` (iptables-restore(8)), for images without nft. Each interface has its own chain. A
 * text replaces the whole chain. iptables-restore commits each table at once.
 */

interface Jump {
  readonly table: 'nat' | 'raw';
  /** in the format of iptables-save, without the verb */
  readonly rule: string;
}

const chainOf = (name: string): string => `amphora-${name}`;

const jumpsOf = (name: string): Jump[] => [
  { table: 'nat', rule: `POSTROUTING -o ${name} -j ${chainOf(name)}` },
  { table: 'raw', rule: `PREROUTING -i ${name} -j ${chainOf(name)}` },
  { table: 'raw', rule: `OUTPUT -o ${name} -j ${chainOf(name)}` },
];

/** Returns the same rules as egressRuleset. @param saved output of iptables-save */
export function egressRestore(name: string, saved: string, options: EgressOptions): string {
  const chain = chainOf(name);
  const rules = rulesOf(name, options);
  return restoreText(chain, (table) => [
    ...jumpsIn(name, table)
      .filter((rule) => !isSaved(saved, rule))
      .map((rule) => `-A ${rule}`),
    ...rules[table],
  ]);
}

/** Returns whether the rules of egressRestore() are loaded. @param saved output of iptables-save */
export const hasEgressRules = (name: string, saved: string, options: EgressOptions): boolean =>
  jumpsOf(name).every(({ rule }) => isSaved(saved, rule)) &&
  Object.values(rulesOf(name, options))
    .flat()
    .every((rule) => saved.split('\n').includes(rule));

const rulesOf = (
  name: string,
  { bypassTcp }: EgressOptions,
): Readonly<Record<Jump['table'], readonly string[]>> => ({
  nat: ['udp', 'sctp'].map((protocol) => `-A ${chainOf(name)} -p ${protocol} -j MASQUERADE`),
  raw: bypassTcp ? [`-A ${chainOf(name)} -p tcp -j CT --notrack`] : [],
});

/** Returns the same removal as egressRemoval. @param saved output of iptables-save */
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

/** Returns a restore text. The line that names a chain creates the chain when it is missing, and empties it. */
const restoreText = (chain: string, contentOf: (table: Jump['table']) => readonly string[]): string =>
  (['nat', 'raw'] as const)
    .flatMap((table) => [`*${table}`, `:${chain} - [0:0]`, ...contentOf(table), 'COMMIT'])
    .map((text) => `${text}\n`)
    .join('');
