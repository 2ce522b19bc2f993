import { isRecord, type JsonRecord, recordsIn, textIn, wholeNumberIn } from '../text/json-shapes.ts';
import { defaultRoute, hexBytesOf, hostLength, type IpVersion, isPlainAddress } from './addresses.ts';
import { MAIN_TABLE } from './interface-file.ts';
import type { InterfaceState, KernelAddress, KernelRoute, KernelRule, Origin } from './interface-state.ts';

/** A network interface as `ip -json link` shows it. */
export interface Link {
  readonly name: string;
  /** lower case, with colons */
  readonly macAddress: string;
  readonly up: boolean;
  readonly mtu: number;
}

/** Byte counters of one interface since it came up. */
export interface LinkTraffic {
  readonly name: string;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/**
 * Returns the queries for `ip -4 -N -d -json -batch`, and for the same with -6. Each query is answered by one line of JSON.
 * -d shows the creator of a rule. -N keeps ip from using the names of /etc/iproute2.
 */
export const stateQuestions = (name: string): readonly string[] => [
  `address show dev ${name}`,
  `route show table all dev ${name}`,
  'rule show',
  // last, because no later query of a batch shows addresses any more (iproute2 6.1)
  `link show dev ${name}`,
];

/** Reads the state of an interface. @param answers output of `ip` for stateQuestions, one text per IP version */
export function parseInterfaceState(
  name: string,
  answers: Readonly<Record<IpVersion, string>>,
): InterfaceState {
  const versions = partsByVersion(answers);
  const link = versions[0]?.parts.links[0];
  if (link === undefined) throw new SyntaxError(`ip showed no interface ${name}`);
  return stateOf(link, versions);
}

/** Returns the queries for the whole namespace, in the form of stateQuestions(). */
export const NAMESPACE_QUESTIONS: readonly string[] = [
  'address show',
  'route show table all',
  'rule show',
  'link show',
];

/** An interface of the namespace with its state. */
export interface NamespaceInterface extends InterfaceState {
  /** lower case, with colons */
  readonly macAddress: string;
}

/** Reads the state of every interface. @param answers output of `ip` for NAMESPACE_QUESTIONS, one text per IP version */
export function parseNamespaceState(answers: Readonly<Record<IpVersion, string>>): NamespaceInterface[] {
  const versions = partsByVersion(answers);
  const links = versions[0]?.parts.links ?? [];
  const isOf = (key: string, name: string) => (entry: JsonRecord) => entry[key] === name;
  return links.map((link) => ({
    macAddress: link.macAddress,
    ...stateOf(
      link,
      versions.map(({ version, parts }) => ({
        version,
        parts: {
          ...parts,
          holders: parts.holders.filter(isOf('ifname', link.name)),
          routes: parts.routes.filter(isOf('dev', link.name)),
        },
      })),
    ),
  }));
}

type VersionParts = readonly { readonly version: IpVersion; readonly parts: Parts }[];

const partsByVersion = (answers: Readonly<Record<IpVersion, string>>): VersionParts =>
  ([4, 6] as const).map((version) => ({ version, parts: partsOf(answers[version]) }));

function stateOf({ name, up, mtu }: Link, versions: VersionParts): InterfaceState {
  return {
    ...{ name, up, mtu },
    addresses: versions.flatMap(({ version, parts }) =>
      parts.holders
        .flatMap((entry) => recordsIn(entry, 'addr_info'))
        .filter(isAddress)
        .map((entry) => readAddressOf(version, entry)),
    ),
    routes: versions.flatMap(({ version, parts }) =>
      parts.routes.filter(isUnicast).map((entry) => readRoute(version, entry)),
    ),
    rules: versions.flatMap(({ version, parts }) =>
      parts.rules.filter((entry) => entry['table'] !== undefined).map((entry) => readRule(version, entry)),
    ),
  };
}

interface Parts {
  readonly holders: readonly JsonRecord[];
  readonly routes: readonly JsonRecord[];
  readonly rules: readonly JsonRecord[];
  readonly links: readonly Link[];
}

function partsOf(answer: string): Parts {
  const [holders = [], routes = [], rules = [], links = []] = listsIn(answer);
  return { holders, routes, rules, links: links.map(readLink) };
}

/** @param text lines of JSON, each with a list of objects */
function listsIn(text: string): JsonRecord[][] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => recordsIn({ list: JSON.parse(line) }, 'list'));
}

/** Whether an entry is an address. ip prints {} for an entry that its filter hides. */
const isAddress = (entry: JsonRecord): boolean => entry['local'] !== undefined;

function readAddressOf(version: IpVersion, entry: JsonRecord): KernelAddress {
  const scope = String(entry['scope']);
  return {
    address: textIn(entry, 'local'),
    prefixLength: wholeNumberIn(entry, 'prefixlen'),
    dynamic: entry['dynamic'] === true,
    local: version === 6 && (scope === SCOPE_LINK || scope === SCOPE_HOST),
    tentative: entry['tentative'] === true,
    duplicate: entry['dadfailed'] === true,
  };
}

// numbers of linux/rtnetlink.h: rt_scope_t, rtm_type, rt_class_t, rtm_protocol
const SCOPE_LINK = '253';
const SCOPE_HOST = '254';
const TYPE_UNICAST = '1';
const LOCAL_TABLE = 255;
const ORIGINS: Readonly<Record<string, Origin>> = {
  2: 'kernel',
  3: 'boot',
  4: 'static',
  18: 'keepalived',
};

const originOf = (entry: JsonRecord): Origin => ORIGINS[String(entry['protocol'])] ?? 'other';
const tableOf = (entry: JsonRecord): number => Number(entry['table'] ?? MAIN_TABLE);

const isUnicast = (entry: JsonRecord): boolean =>
  entry['type'] === TYPE_UNICAST && tableOf(entry) !== LOCAL_TABLE && entry['nexthops'] === undefined;

function readRoute(version: IpVersion, entry: JsonRecord): KernelRoute {
  const via = isRecord(entry['via']) ? entry['via']['host'] : undefined;
  return {
    destination: networkText(version, textIn(entry, 'dst')),
    table: tableOf(entry),
    gateway: optionalText(entry['gateway'] ?? via),
    preferredSource: optionalText(entry['prefsrc']),
    metric: entry['metric'] === undefined ? 0 : wholeNumberIn(entry, 'metric'),
    origin: originOf(entry),
  };
}

function networkText(version: IpVersion, text: string): string {
  if (text === 'default') return defaultRoute(version);
  return text.includes('/') ? text : `${text}/${hostLength(text)}`;
}

function readRule(version: IpVersion, entry: JsonRecord): KernelRule {
  const source = textIn(entry, 'src');
  const [any, anyLength] = version === 4 ? ['0.0.0.0', 0] : ['::', 0];
  const length = entry['srclen'] === undefined ? hostLength(source) : wholeNumberIn(entry, 'srclen');
  return {
    priority: wholeNumberIn(entry, 'priority'),
    source: source === 'all' ? any : source,
    sourceLength: source === 'all' ? anyLength : length,
    table: tableOf(entry),
    selective: Object.keys(entry).some((key) => !PLAIN_RULE_KEYS.has(key)),
    origin: originOf(entry),
  };
}

const PLAIN_RULE_KEYS: ReadonlySet<string> = new Set(['priority', 'src', 'srclen', 'table', 'protocol']);

const optionalText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** Reads the interfaces. @param text output of `ip -json link` */
export function parseLinks(text: string): Link[] {
  const [links = []] = listsIn(text);
  return links.map(readLink);
}

const readLink = (entry: JsonRecord): Link => ({
  name: textIn(entry, 'ifname'),
  macAddress: optionalText(entry['address'])?.toLowerCase() ?? '',
  up: Array.isArray(entry['flags']) && entry['flags'].includes('UP'),
  mtu: wholeNumberIn(entry, 'mtu'),
});

/** Reads the byte counters. @param text output of `ip -json -s link` */
export function parseTraffic(text: string): LinkTraffic[] {
  const [links = []] = listsIn(text);
  return links.map((entry) => ({
    name: textIn(entry, 'ifname'),
    receivedBytes: bytesOf(entry, 'rx'),
    sentBytes: bytesOf(entry, 'tx'),
  }));
}

function bytesOf(entry: JsonRecord, direction: 'rx' | 'tx'): number {
  const counters = isRecord(entry['stats64']) ? entry['stats64'][direction] : undefined;
  return isRecord(counters) ? wholeNumberIn(counters, 'bytes') : 0;
}

/** Returns the names of the interfaces that have an address. @param text output of `ip -json address show to ADDRESS` */
export function parseHolders(text: string): string[] {
  const [links = []] = listsIn(text);
  return links
    .filter((entry) => recordsIn(entry, 'addr_info').some(isAddress))
    .map((entry) => textIn(entry, 'ifname'));
}

/**
 * Returns the first interface that has each of the addresses, in any notation. An address that no interface has is missing.
 * @param text of `ip -json address show`
 */
export function holdersOf(addresses: readonly string[], text: string): Map<string, string> {
  const [links = []] = listsIn(text);
  const names = new Map(
    links.toReversed().flatMap((entry) =>
      recordsIn(entry, 'addr_info')
        .filter(isAddress)
        .map((one) => [hexBytesOf(textIn(one, 'local')), textIn(entry, 'ifname')] as const),
    ),
  );
  return new Map(
    addresses.flatMap((address) => {
      // a configuration may have a name in the place of an address
      const name = isPlainAddress(address) ? names.get(hexBytesOf(address)) : undefined;
      return name === undefined ? [] : [[address, name] as const];
    }),
  );
}
