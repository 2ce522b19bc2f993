import ipaddr from 'ipaddr.js';
import { configurationLines } from './haproxy-words.ts';

/** A TCP address that a haproxy configuration binds. */
export interface BoundAddress {
  /** name of the frontend */
  readonly proxy: string;
  /** IPv4 or IPv6 */
  readonly address: string;
  readonly port: number;
}

/** Options of a `bind` line that move its address to another namespace, or restrict it to an interface. */
const ELSEWHERE: ReadonlySet<string> = new Set(['interface', 'namespace']);

/**
 * Returns the TCP addresses of the `bind` lines (haproxy configuration manual, section 5.1). It leaves out addresses that
 * can't be judged from outside: ranges of ports, file and inherited sockets, and other namespaces. The result is empty when
 * haproxy doesn't share its ports with its next worker (`noreuseport`).
 */
export function boundTcpAddresses(text: string): BoundAddress[] {
  const lines = configurationLines(text);
  if (lines.some(({ section, words }) => section === 'global' && words[0] === 'noreuseport')) return [];
  let proxy = '';
  return lines.flatMap(({ section, words: [first, second = '', ...options] }) => {
    if (first === section) proxy = second;
    if (first !== 'bind' || !['frontend', 'listen'].includes(section)) return [];
    if (options.some((option) => ELSEWHERE.has(option))) return [];
    return second.split(',').flatMap((item) => boundAddress(proxy, item) ?? []);
  });
}

function boundAddress(proxy: string, item: string): BoundAddress | undefined {
  const [, host = '', port = ''] = /^(?:ipv[46]@)?\[?([^@[\]]*?)\]?:(\d+)$/.exec(item) ?? [];
  const address = host === '*' ? '0.0.0.0' : host;
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address);
  return isAddress && !address.includes('%') ? { proxy, address, port: Number(port) } : undefined;
}
