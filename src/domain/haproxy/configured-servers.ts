import { type ConfigurationLine, configurationLines } from './haproxy-words.ts';

/** A server of a backend, as a haproxy configuration has it. */
export interface ServerLine {
  /** from the address on; the words of `default-server` come between the address and its own */
  readonly words: readonly string[];
  /** the lines of its backend, and of that backend's defaults, that say how servers are checked */
  readonly checks: string;
}

/** By name of the backend and name of the server. */
export type ServerLines = ReadonlyMap<string, ReadonlyMap<string, ServerLine>>;

/**
 * The servers of the backends of a configuration (haproxy configuration manual, sections 4 and 5.2).
 *
 * Left out are servers of which the text alone doesn't say what haproxy makes of them: two of one name, those of a `server-template`,
 * and all servers of a text that has conditional blocks (section 2.4).
 * @param text as latin1 or decoded; never throws
 */
export function serverLines(text: string): ServerLines {
  const lines = configurationLines(text);
  const found = new Map<string, Map<string, ServerLine>>();
  if (lines.some(({ keyword }) => keyword === '.if')) return found;
  const names = new Set<string>();
  for (const { name: backend, checks, servers } of readProxies(lines)) {
    if (names.has(backend)) found.delete(backend);
    else found.set(backend, serversOf(servers, checks.join('\n')));
    names.add(backend);
  }
  return found;
}

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
  /** words of its `default-server` lines so far, those of its defaults first */
  readonly defaultWords: string[];
  readonly servers: { readonly name: string; readonly words: readonly string[] }[];
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

/** The `defaults` sections so far. A proxy that names none with `from` has the last one. */
class Defaults {
  readonly #named = new Map<string, Proxy>();
  #last: Proxy | undefined;

  /** @returns undefined for a section without servers of backends */
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
});

/** `option httpchk`, `option tcp-check`, `option ssl-hello-chk` and so on; not `option log-health-checks`. */
const CHECK_OPTION = /(?:chk|-check)$/;

function readProxyLine({ checks, defaultWords, servers }: Proxy, line: ConfigurationLine): void {
  switch (line.keyword) {
    case 'server': {
      const [, name = '', address = '', ...words] = line.words;
      servers.push({ name, words: [address, ...defaultWords, ...words] });
      return;
    }
    case 'default-server':
      defaultWords.push(...line.words.slice(1));
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

/** Whether two servers differ in nothing but their weight and whether they are disabled. */
export const isCheckedAlike = (one: ServerLine, other: ServerLine): boolean =>
  one.checks === other.checks && checkedWords(one) === checkedWords(other);

const checkedWords = ({ words }: ServerLine): string =>
  words.filter((word, index) => !NOT_OF_CHECK.has(word) && words[index - 1] !== 'weight').join('\n');

const NOT_OF_CHECK: ReadonlySet<string> = new Set(['weight', 'disabled', 'enabled']);

/** What the words of a server mean. */
export interface ConfiguredServer {
  /** as it is written, without brackets: an IP address in any spelling, or a name */
  readonly address: string;
  readonly port: number;
  /** 0 to 256 */
  readonly weight: number;
  readonly isDisabled: boolean;
  readonly isChecked: boolean;
  readonly usesTls: boolean;
  /** written like `address`; undefined where checks go to the server's own */
  readonly checkAddress: string | undefined;
  /** 0 where checks go to the server's own port */
  readonly checkPort: number;
}

/** @returns undefined where there is no port, or no number where a number belongs (a variable of the environment, perhaps) */
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

/** The last colon is the one before the port, also behind an IPv6 address without brackets. */
const TARGET = /^(?:ipv[46]@)?\[?([^@[\]]*?)\]?:(\d{1,5})$/;

/** haproxy takes the last value of an option that comes several times. */
function behind(words: readonly string[], option: string): string | undefined {
  const index = words.lastIndexOf(option);
  return index < 0 ? undefined : (words[index + 1] ?? '');
}

/** @returns undefined where there is no number behind the option */
function numberBehind(words: readonly string[], option: string, byDefault: number): number | undefined {
  const value = behind(words, option) ?? `${byDefault}`;
  return /^\d{1,5}$/.test(value) ? Number(value) : undefined;
}

const isOn = (words: readonly string[], on: string, off: string): boolean =>
  words.lastIndexOf(on) > words.lastIndexOf(off);
