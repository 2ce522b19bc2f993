import { createHash } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { type ConfigurationLine, configurationLines, linesOf } from './haproxy-words.ts';

/** A frontend of an uploaded configuration. */
export interface ConfiguredListener {
  /** name of the frontend; controllers use the listener's UUID */
  readonly id: string;
  /** the type in answers to controllers: the mode in capitals (`HTTP`, `TCP`) or `TERMINATED_HTTPS` */
  readonly type: string;
}

/** The facts that the agent needs from an uploaded haproxy.cfg. */
export interface HaproxyText {
  /** the frontends that are listeners (see `isInternalProxy`) */
  readonly listeners: readonly ConfiguredListener[];
  /** addresses that the listeners bind, without duplicates, canonical (RFC 5952), without wildcards and loopback */
  readonly vips: readonly string[];
  /** path of the first stats socket that is a file; undefined when the configuration has none */
  readonly statsSocket: string | undefined;
  /** true with a PROMETHEUS listener, whose answers haproxy fetches from the metrics proxy */
  readonly hasMetricsListener: boolean;
}

/** The frontend of a rendered configuration without any enabled listener. haproxy doesn't run without a frontend. */
export const IDLE_FRONTEND = 'no-enabled-listener';

/** Whether a proxy is neither listener nor pool: a proxy of the metrics exporter, or the idle frontend. */
export const isInternalProxy = (proxyName: string): boolean =>
  isOfMetrics(proxyName) || proxyName === IDLE_FRONTEND;

/** Whether a proxy belongs to the exporter. Controllers write such proxies only together with a PROMETHEUS listener. */
const isOfMetrics = (proxyName: string): boolean => proxyName.includes('prometheus');

/** Reads an uploaded configuration. Never throws: unknown and missing parts are simply absent from the result. */
export function readHaproxyText(text: string): HaproxyText {
  const lines = configurationLines(text);
  const proxies = readProxies(lines);
  const frontends = frontendsAmong(proxies);
  const listeners = new Map(frontends.map(({ id, type }) => [id, { id, type }]));
  return {
    listeners: [...listeners.values()],
    vips: [...new Set(frontends.flatMap((frontend) => frontend.vips))],
    statsSocket: readStatsSocket(lines),
    hasMetricsListener: proxies.some(({ name }) => isOfMetrics(name)),
  };
}

/** Reads a stored file of any encoding and size, as readHaproxyText reads a text. */
export const readHaproxyBytes = (bytes: Buffer): HaproxyText =>
  readHaproxyText(linesOf(bytes, [...PROXY_KEYWORDS, 'stats']));

/** haproxy's mode when neither the proxy nor its defaults set one (manual, section 4, `mode`). */
const DEFAULT_MODE = 'tcp';

interface Frontend extends ConfiguredListener {
  readonly vips: readonly string[];
}

interface Proxy {
  readonly section: string;
  readonly name: string;
  mode: string;
  terminatesTls: boolean;
  readonly vips: string[];
}

function frontendsAmong(proxies: readonly Proxy[]): Frontend[] {
  return proxies
    .filter(({ section, name }) => section === 'frontend' && name !== '' && !isInternalProxy(name))
    .map(({ name, mode, terminatesTls, vips }) => ({
      id: name,
      type: terminatesTls ? 'TERMINATED_HTTPS' : mode.toUpperCase(),
      vips,
    }));
}

function readProxies(lines: readonly ConfigurationLine[]): Proxy[] {
  const proxies: Proxy[] = [];
  const namedModes = new Map<string, string>();
  let defaultMode = DEFAULT_MODE;
  let proxy: Proxy | undefined;
  for (const line of lines) {
    const { keyword, section } = line;
    if (keyword !== '' && keyword === section) {
      const { words } = line;
      const [, name = ''] = words;
      const inherited = namedModes.get(words[words.indexOf('from', 2) + 1] ?? '');
      const mode = inherited ?? (section === 'defaults' ? DEFAULT_MODE : defaultMode);
      proxy = { section, name, mode, terminatesTls: false, vips: [] };
      proxies.push(proxy);
    } else if (proxy !== undefined && PROXY_KEYWORDS.has(keyword)) {
      readProxyLine(proxy, line.words);
    }
    if (proxy?.section === 'defaults') {
      defaultMode = proxy.mode;
      namedModes.set(proxy.name, proxy.mode);
    }
  }
  return proxies;
}

const PROXY_KEYWORDS: ReadonlySet<string> = new Set(['mode', 'bind']);

function readProxyLine(proxy: Proxy, words: readonly string[]): void {
  const [keyword, value = '', ...options] = words;
  if (keyword === 'mode' && value !== '') proxy.mode = value;
  if (keyword !== 'bind') return;
  proxy.vips.push(...boundAddresses(value));
  // API 1.0 sends `ssl crt-list`, Rocky's 0.5 sent `ssl crt`.
  if (options.includes('ssl') && (options.includes('crt-list') || options.includes('crt')))
    proxy.terminatesTls = true;
}

/**
 * Returns the addresses of a `bind` argument: `address:port` or `family@address:port`, separated by commas (manual,
 * `bind`).
 */
function boundAddresses(argument: string): string[] {
  return argument
    .split(',')
    .map((item) => item.replace(/^[a-z0-9+]+@/i, ''))
    .map((item) => item.slice(0, Math.max(0, item.lastIndexOf(':'))).replace(/^\[(.*)\]$/, '$1'))
    .flatMap((address) => canonicalVip(address) ?? []);
}

function canonicalVip(text: string): string | undefined {
  if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text)) return undefined;
  const address = ipaddr.parse(text);
  const range = address.range();
  return range === 'unspecified' || range === 'loopback' ? undefined : address.toString();
}

function readStatsSocket(lines: readonly ConfigurationLine[]): string | undefined {
  return lines
    .filter(({ section, keyword }) => section === 'global' && keyword === 'stats')
    .map(({ words }) => words)
    .filter((words) => words[1] === 'socket')
    .map((words) => (words[2] ?? '').replace(/^unix@/, ''))
    .find((socket) => socket.startsWith('/'));
}

/**
 * Removes the `group` lines of the global section, which old controllers send. All other bytes stay unchanged, including
 * comments and the groups of user lists. A text without the word `group` is returned without splitting it into lines.
 * @param text bytes read as latin1, so that any encoding survives
 */
export function withoutGroupLine(text: string): string {
  if (!text.includes('group')) return text;
  return configurationLines(text)
    .filter(({ section, keyword }) => section !== 'global' || keyword !== 'group')
    .map(({ raw }) => raw)
    .join('');
}

/** Returns the name of an amphora in the peers section of the controller's configuration, for haproxy's option `-L`. */
export function peerName(amphoraId: string): string {
  return createHash('sha1')
    .update(amphoraId, 'utf8')
    .digest('base64')
    .replaceAll('+', '_')
    .replaceAll('/', '-')
    .replace(/^-/, 'x')
    .replaceAll('=', '');
}
