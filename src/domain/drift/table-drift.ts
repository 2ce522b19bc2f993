import { isRecord, type JsonRecord, recordsIn, textIn } from '../text/json-shapes.ts';

/** A table of the packet filter that differs from what is wanted. */
export interface TableDrift {
  /** family and name, for example `ip amphora_eth1` */
  readonly table: string;
  readonly seen: string;
}

/** Tables of nftables, by family and name. Each has its chains and rules in their order, as texts that can be compared. */
export type Tables = ReadonlyMap<string, ReadonlySet<string>>;

/** Compares tables of nftables with those that should be loaded. Only the wanted tables are compared. */
export function tableDrift(wanted: Tables, seen: Tables): TableDrift[] {
  return [...wanted].flatMap(([table, content]) => {
    const present = seen.get(table);
    if (present === undefined) return [{ table, seen: 'nothing' }];
    const missing = [...content].filter((one) => !present.has(one)).length;
    const others = [...present].filter((one) => !content.has(one)).length;
    const isSame = missing === 0 && others === 0;
    // the same chains and rules in another order
    if (isSame && [...content].join('\n') === [...present].join('\n')) return [];
    const parts = isSame ? ['another order'] : [`${missing} parts missing`, `${others} other parts`];
    return [{ table, seen: parts.join(', ') }];
  });
}

/**
 * Reads tables. Leaves out what doesn't count: counters, handles and the order of elements in a set.
 * @param json JSON of nft(8) about what it has or what it adds
 */
export function readTables(json: string): Tables {
  const tables = new Map<string, Set<string>>();
  const numbers = new Map<string, number>();
  for (const { kind, content } of objectsIn(json)) {
    if (kind !== 'table' && kind !== 'chain' && kind !== 'rule') continue;
    const family = textIn(content, 'family');
    if (kind === 'table') {
      tables.set(`${family} ${textIn(content, 'name')}`, new Set());
      continue;
    }
    const parts = tables.get(`${family} ${textIn(content, 'table')}`);
    const text = kind === 'chain' ? chainText(content) : ruleText(content);
    // a rule may stand twice in its chain
    const key = `${family} ${textIn(content, 'table')} ${text}`;
    const number = numbers.get(key) ?? 0;
    numbers.set(key, number + 1);
    parts?.add(number === 0 ? text : `${text} ${number}`);
  }
  return tables;
}

/** nft shows what it has as `{"table": …}`, and what it adds as `{"add": {"table": …}}`. */
function objectsIn(json: string): { kind: string; content: JsonRecord }[] {
  const shown: unknown = JSON.parse(json);
  const list = isRecord(shown) ? recordsIn(shown, 'nftables') : [];
  return list.flatMap((entry) => {
    const [only] = Object.entries(entry);
    const [kind, content] =
      only?.[0] === 'add' && isRecord(only[1]) ? (Object.entries(only[1])[0] ?? []) : (only ?? []);
    return kind !== undefined && isRecord(content) ? [{ kind, content }] : [];
  });
}

const chainText = (chain: JsonRecord): string =>
  JSON.stringify(['name', 'type', 'hook', 'prio', 'policy'].map((key) => chain[key]));

const ruleText = (rule: JsonRecord): string =>
  `${textIn(rule, 'chain')} ${JSON.stringify(withoutVolatile(rule['expr']))}`;

/** Removes the values of counters, and sorts the elements of sets. */
function withoutVolatile(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutVolatile);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => {
      if (key === 'counter') return [key, null];
      const clean = withoutVolatile(one);
      if (key !== 'set' || !Array.isArray(clean)) return [key, clean];
      return [key, clean.map((element) => JSON.stringify(element)).toSorted()];
    }),
  );
}
