import ipaddr from 'ipaddr.js';
import { Invalid } from './invalid.ts';
import { strip } from './oslo-ini.ts';

/** A destination of heartbeats. */
export interface ControllerAddress {
  /** IPv4 or IPv6 address (without brackets) or host name, as written in the file */
  readonly host: string;
  readonly port: number;
}

/** Splits a list as oslo.config does: at commas, after removing those at its end, and without white space around items. */
export function splitList(text: string): string[] {
  const items = strip(text).replace(/,+$/, '');
  return items === '' ? [] : items.split(',').map(strip);
}

/**
 * Reads controller_ip_port_list. Leaves out entries that are wrong. The other controllers get their heartbeats all the
 * same, and the agent starts.
 * @param warn called with a message for each entry that is left out
 */
export function readControllerList(
  text: string,
  warn: (warning: string) => void,
): readonly ControllerAddress[] {
  const controllers: ControllerAddress[] = [];
  for (const entry of splitList(text)) {
    const address = readControllerAddress(entry);
    if (address instanceof Invalid) warn(`${JSON.stringify(entry)} is left out: it ${address.reason}`);
    else controllers.push(Object.freeze(address));
  }
  return Object.freeze(controllers);
}

/** Reads `ip:port`, `[v6]:port`, `v6:port` (split at the last colon, as Octavia does) or `host:port`. */
export function readControllerAddress(entry: string): ControllerAddress | Invalid {
  const divider = entry.lastIndexOf(':');
  if (divider < 0) return new Invalid('has no port');
  const host = readHost(entry.slice(0, divider));
  if (host instanceof Invalid) return host;
  const port = entry.slice(divider + 1);
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535) {
    return new Invalid('has no port between 1 and 65535 after its last colon');
  }
  return { host, port: Number(port) };
}

function readHost(text: string): string | Invalid {
  const bracketed = /^\[(.*)\]$/s.exec(text)?.[1];
  const host = bracketed ?? text;
  if (bracketed !== undefined || host.includes(':')) {
    return ipaddr.IPv6.isValid(host) ? host : new Invalid('has no IPv6 address before its port');
  }
  if (ipaddr.IPv4.isValidFourPartDecimal(host) || isHostName(host)) return host;
  return new Invalid('has neither an IP address nor a host name before its port');
}

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/**
 * Checks a host name by RFC 1123, section 2.1. Allows `_` too, because resolvers do. Refuses a last label of digits, which
 * would be a malformed IPv4 address.
 */
function isHostName(host: string): boolean {
  const labels = host.replace(/\.$/, '').split('.');
  return (
    host.length <= 253 && labels.every((label) => LABEL.test(label)) && !/^\d+$/.test(labels.at(-1) ?? '')
  );
}
