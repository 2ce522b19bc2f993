import { type ConfigurationLine, configurationLines } from './haproxy-words.ts';

/** A server of a backend in a haproxy configuration. */
export interface ServerLine {
  /** the words from the address on; the words of `default-server` stand between the address and the server's own */
  readonly words: readonly string[];
  /** the lines of its backend, and of that backend's defaults, that configure the checks */
  readonly checks: string;
}

/** Server lines by name of the backend and name of the server. */
export type ServerLines = ReadonlyMap<string, ReadonlyMap<string, ServerLine>>;

/** A backend or a `listen` section. */
export interface ConfiguredBackend {
  readonly servers: ReadonlyMap<string, ServerLine>;
  /** whether its algorithm takes every weight, and new servers, at run time (haproxy manual, section 4.2, `balance`) */
  readonly isDynamic: boolean;
  /** the algorithm, without its parameters */
  readonly algorithm: string;
}

/** Returns the servers of the backends of a configuration, as configuredBackends() does. */
export const serverLines = (text: string): ServerLines =>
  new Map([...configuredBackends(text)].map(([name, { servers }]) => [name, servers]));

/**
 * Returns the backends of a configuration with their servers (haproxy configuration manual, sections 4 and 5.2).
 *
 * It leaves out servers whose settings the text alone doesn't determine: two servers with one name, servers of a
 * `server-template`, and all servers of a text with conditional blocks (section 2.4).
 * @param text as latin1 or decoded; never throws
 */
export function configuredBackends(text: string): ReadonlyMap<string, ConfiguredBackend> {
  const lines = configurationLines(text);
  const found = new Map<string, ConfiguredBackend>();
  if (lines.some(({ keyword }) => keyword === '.if')) return found;
  const names = new Set<string>();
  for (const { name, checks, servers, balancing } of readProxies(lines)) {
    if (names.has(name)) found.delete(name);
    else {
      const { algorithm } = balancing;
      const isDynamic = DYNAMIC.has(algorithm) || balancing.hashType === 'consistent';
      found.set(name, { servers: serversOf(servers, checks.join('\n')), isDynamic, algorithm });
    }
    names.add(name);
  }
  return found;
}

/** The algorithms whose weights may change at any time. Algorithms that hash are dynamic with `hash-type consistent`. */
const DYNAMIC: ReadonlySet<string> = new Set(['roundrobin', 'leastconn', 'first', 'random']);

function serversOf(servers: Proxy['servers'], checks: string): Map<string, ServerLine> {
  const found = new Map<string, ServerLine>();
  const twice = new Set<string>();
  for (const { name, words } of servers) {
    if (found.has(name)) twice.add(name);
    found.set(name, { words, checks });
  }
  for (const name of twice) found.delete(name);
  return found;
}

interface Proxy {
  readonly name: string;
  readonly checks: string[];
  /** words of its `default-server` lines so far, with the words of its defaults first */
  readonly defaultWords: string[];
  readonly servers: { readonly name: string; readonly words: readonly string[] }[];
  readonly balancing: { algorithm: string; hashType: string };
}

function readProxies(lines: readonly ConfigurationLine[]): Proxy[] {
  const proxies: Proxy[] = [];
  const defaults = new Defaults();
  let proxy: Proxy | undefined;
  for (const line of lines) {
    if (line.keyword === '' || line.keyword !== line.section) {
      if (proxy !== undefined) readProxyLine(proxy, line);
      continue;
    }
    proxy = defaults.open(line);
    if (proxy !== undefined && line.section !== 'defaults') proxies.push(proxy);
  }
  return proxies;
}

/** The `defaults` sections so far. A proxy that names no section with `from` uses the last one. */
class Defaults {
  readonly #named = new Map<string, Proxy>();
  #last: Proxy | undefined;

  /** @returns undefined for a section that has no backend servers */
  open({ section, words }: ConfigurationLine): Proxy | undefined {
    const inherited = this.#named.get(words[words.indexOf('from', 2) + 1] ?? '');
    switch (section) {
      case 'backend':
      case 'listen':
        return proxyFrom(words, inherited ?? this.#last);
      case 'defaults':
        this.#last = proxyFrom(words, inherited);
        this.#named.set(this.#last.name, this.#last);
        return this.#last;
      default:
        return undefined;
    }
  }
}

const proxyFrom = ([, name = '']: readonly string[], inherited: Proxy | undefined): Proxy => ({
  name,
  checks: [...(inherited?.checks ?? [])],
  defaultWords: [...(inherited?.defaultWords ?? [])],
  servers: [],
  balancing: { ...(inherited?.balancing ?? { algorithm: 'roundrobin', hashType: 'map-based' }) },
});

/** Matches `httpchk`, `tcp-check`, `ssl-hello-chk` and so on, but not `log-health-checks`. */
const CHECK_OPTION = /(?:chk|-check)$/;

function readProxyLine({ checks, defaultWords, servers, balancing }: Proxy, line: ConfigurationLine): void {
  switch (line.keyword) {
    case 'server': {
      const [, name = '', address = '', ...words] = line.words;
      servers.push({ name, words: [address, ...defaultWords, ...words] });
      return;
    }
    case 'default-server':
      defaultWords.push(...line.words.slice(1));
      return;
    case 'balance':
      balancing.algorithm = (line.words[1] ?? '').replace(/\(.*$/, '');
      return;
    case 'hash-type':
      balancing.hashType = line.words[1] ?? '';
      return;
    case 'mode':
    case 'http-check':
    case 'tcp-check':
    case 'external-check':
      checks.push(line.words.join(' '));
      return;
    case 'option':
      if (CHECK_OPTION.test(line.words[1] ?? '')) checks.push(line.words.join(' '));
      return;
    case 'no':
      if (CHECK_OPTION.test(line.words[2] ?? '')) checks.push(line.words.join(' '));
      return;
    case 'timeout':
      if (line.words[1] === 'check') checks.push(line.words.join(' '));
  }
}

/** Whether two servers are equal except for their weight and their `disabled` or `enabled`. */
export const isCheckedAlike = (one: ServerLine, other: ServerLine): boolean =>
  one.checks === other.checks && checkedWords(one) === checkedWords(other);

const checkedWords = ({ words }: ServerLine): string =>
  words.filter((word, index) => !NOT_OF_CHECK.has(word) && words[index - 1] !== 'weight').join('\n');

const NOT_OF_CHECK: ReadonlySet<string> = new Set(['weight', 'disabled', 'enabled']);

/** The meaning of a server's words. */
export interface ConfiguredServer {
  /** in the configuration's spelling, without brackets: an IP address or a name */
  readonly address: string;
  readonly port: number;
  /** 0 to 256 */
  readonly weight: number;
  readonly isDisabled: boolean;
  readonly isChecked: boolean;
  readonly usesTls: boolean;
  /** in the same form as `address`; undefined when checks go to the server's own address */
  readonly checkAddress: string | undefined;
  /** 0 when checks go to the server's own port */
  readonly checkPort: number;
}

/** Reads a server. @returns undefined without a port, or when a number is missing (an environment variable, perhaps) */
export function readServer({ words }: ServerLine): ConfiguredServer | undefined {
  const [, host = '', port = ''] = TARGET.exec(words[0] ?? '') ?? [];
  const [weight, checkPort] = [numberBehind(words, 'weight', 1), numberBehind(words, 'port', 0)];
  if (port === '' || weight === undefined || checkPort === undefined) return undefined;
  return {
    address: host,
    port: Number(port),
    weight,
    isDisabled: isOn(words, 'disabled', 'enabled'),
    isChecked: isOn(words, 'check', 'no-check'),
    usesTls: isOn(words, 'ssl', 'no-ssl'),
    checkAddress: behind(words, 'addr')?.replace(/^\[(.*)\]$/, '$1'),
    checkPort,
  };
}

/** The last colon precedes the port, even behind an IPv6 address without brackets. */
const TARGET = /^(?:ipv[46]@)?\[?([^@[\]]*?)\]?:(\d{1,5})$/;

/** Returns the value behind an option. When the option occurs several times, haproxy uses the last. */
function behind(words: readonly string[], option: string): string | undefined {
  const index = words.lastIndexOf(option);
  return index < 0 ? undefined : (words[index + 1] ?? '');
}

/** @returns undefined when the option has no number behind it */
function numberBehind(words: readonly string[], option: string, byDefault: number): number | undefined {
  const value = behind(words, option) ?? `${byDefault}`;
  return /^\d{1,5}$/.test(value) ? Number(value) : undefined;
}

const isOn = (words: readonly string[], on: string, off: string): boolean =>
  words.lastIndexOf(on) > words.lastIndexOf(off);
