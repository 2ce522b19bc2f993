import { type ConfigurationLine, configurationLines, linesOf } from './haproxy-words.ts';

/** The resources that a configuration makes haproxy allocate at its start. haproxy's own check doesn't test them. */
export interface HaproxyNeeds {
  /** blocks of the TLS session cache (`tune.ssl.cachesize`); undefined when the text doesn't set it, or nothing uses TLS */
  readonly cacheBlocks: number | undefined;
  /** undefined when haproxy starts with any limit */
  readonly descriptors: NeededDescriptors | undefined;
}

export interface NeededDescriptors {
  /** haproxy may need some hundreds more: sockets that listen or check, and three per thread */
  readonly atLeast: number;
  /** the directive that requires them */
  readonly directive: 'maxconn' | 'ulimit-n';
  readonly value: number;
}

/** The directives that are read, in addition to those that open a section. */
const KEYWORDS: ReadonlySet<string> = new Set([
  '.if',
  'bind',
  'disabled',
  'enabled',
  'fullconn',
  'maxconn',
  'maxpipes',
  'no',
  'option',
  'strict-limits',
  'tune.ssl.cachesize',
  'ulimit-n',
]);

/**
 * Reads a configuration that haproxy has accepted. A value behind an `.if` or in a variable counts as zero, because it is
 * uncertain. So no result exceeds haproxy's real need.
 */
export function readHaproxyNeeds(bytes: Buffer): HaproxyNeeds {
  const lines = configurationLines(linesOf(bytes, [...KEYWORDS]));
  if (lines.some(({ keyword }) => keyword === '.if'))
    return { cacheBlocks: undefined, descriptors: undefined };
  const settings = readSettings(lines);
  const cacheBlocks = lines.some(bindsTls) ? settings.get('tune.ssl.cachesize') : undefined;
  return { cacheBlocks, descriptors: neededDescriptors(settings, lines) };
}

const bindsTls = ({ keyword, words }: ConfigurationLine): boolean =>
  keyword === 'bind' && words.includes('ssl');

/** Directives whose first value counts; haproxy warns about later ones. For other directives the last counts (measured). */
const FIRST_COUNTS: ReadonlySet<string> = new Set(['maxconn', 'maxpipes', 'ulimit-n']);

/** Returns the numbers of the global section. `strict-limits` is 0 or 1. */
function readSettings(lines: readonly ConfigurationLine[]): ReadonlyMap<string, number> {
  const settings = new Map<string, number>();
  for (const { section, words } of lines.filter((line) => line.section === 'global')) {
    const [isOff, keyword = '', value = ''] = words[0] === 'no' ? [true, words[1]] : [false, ...words];
    if (keyword === section || (FIRST_COUNTS.has(keyword) && settings.has(keyword))) continue;
    settings.set(keyword, keyword === 'strict-limits' ? Number(!isOff) : numberOf(value));
  }
  return settings;
}

const numberOf = (text: string): number => (/^\d+$/.test(text) ? Number(text) : 0);

/**
 * Counts file descriptors as haproxy does: two per connection and two per pipe (measured with haproxy 2.6 and 3.0, whose
 * "Cannot raise FD limit to …" shows the number). Without `maxconn`, haproxy derives the connections from its limit.
 * Without `strict-limits`, it starts with any limit.
 */
function neededDescriptors(
  settings: ReadonlyMap<string, number>,
  lines: readonly ConfigurationLine[],
): NeededDescriptors | undefined {
  if (settings.get('strict-limits') === 0) return undefined;
  const named = settings.get('ulimit-n') || 0;
  if (named > 0) return { atLeast: named, directive: 'ulimit-n', value: named };
  const connections = settings.get('maxconn') || 0;
  if (connections === 0) return undefined;
  const pipes = settings.get('maxpipes') || splicingPipes(readProxies(lines), connections);
  return { atLeast: 2 * connections + 2 * pipes, directive: 'maxconn', value: connections };
}

interface Proxy {
  readonly section: string;
  readonly name: string;
  readonly splices: Set<string>;
  isDisabled: boolean;
  /** 0 when the proxy sets no limit */
  connections: number;
  fullConnections: number;
}

const SPLICES: ReadonlySet<string> = new Set(['splice-auto', 'splice-request', 'splice-response']);
const PROXY_SECTIONS: readonly string[] = ['defaults', 'frontend', 'listen', 'backend'];

/**
 * Returns the number of pipes: one per four connections of the splicing proxies (haproxy manual, section 3.2, `maxpipes`).
 */
function splicingPipes(proxies: readonly Proxy[], connections: number): number {
  const splicing = proxies.filter(({ splices, isDisabled }) => splices.size > 0 && !isDisabled);
  const sum = (of: (proxy: Proxy) => number, ...sections: readonly string[]): number =>
    splicing
      .filter(({ section }) => sections.includes(section))
      .reduce((total, proxy) => total + (of(proxy) || connections), 0);
  const spliced = Math.max(
    sum((proxy) => proxy.connections, 'frontend', 'listen'),
    sum((proxy) => proxy.fullConnections, 'backend', 'listen'),
  );
  return Math.floor(Math.min(spliced, connections) / 4);
}

function readProxies(lines: readonly ConfigurationLine[]): Proxy[] {
  const proxies: Proxy[] = [];
  for (const { section, keyword, words } of lines.filter((line) => PROXY_SECTIONS.includes(line.section))) {
    const last = proxies.at(-1);
    if (keyword === section) proxies.push(inheriting(parentOf(words, proxies), words));
    else if (last !== undefined) readProxyLine(last, words);
  }
  return proxies;
}

/**
 * Returns the defaults that a proxy inherits: the section that it names, or the last one. Defaults inherit only a named
 * one.
 */
function parentOf(words: readonly string[], proxies: readonly Proxy[]): Proxy | undefined {
  const defaults = proxies.filter(({ section }) => section === 'defaults');
  const from = words.indexOf('from', 1);
  if (from > 0) return defaults.findLast(({ name }) => name === words[from + 1]);
  return words[0] === 'defaults' ? undefined : defaults.at(-1);
}

const inheriting = (parent: Proxy | undefined, [section = '', name = '']: readonly string[]): Proxy => ({
  section,
  name,
  splices: new Set(parent?.splices),
  isDisabled: parent?.isDisabled ?? false,
  connections: parent?.connections ?? 0,
  fullConnections: parent?.fullConnections ?? 0,
});

function readProxyLine(proxy: Proxy, words: readonly string[]): void {
  const isOff = words[0] === 'no';
  const [keyword, value = ''] = isOff ? words.slice(1) : words;
  if (keyword === 'maxconn') proxy.connections = numberOf(value);
  if (keyword === 'fullconn') proxy.fullConnections = numberOf(value);
  if (keyword === 'disabled' || keyword === 'enabled') proxy.isDisabled = keyword === 'disabled';
  if (keyword !== 'option' || !SPLICES.has(value)) return;
  if (isOff) proxy.splices.delete(value);
  else proxy.splices.add(value);
}
