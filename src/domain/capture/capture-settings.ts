import { WHOLE_SNAP_LENGTH } from './packet-cutter.ts';
import { HEADERS_SNAP_LENGTH } from './packet-headers.ts';

/** What a client wants to capture. */
export interface CaptureSettings {
  /** name of a network interface */
  readonly interfaceName: string;
  /** in the syntax of pcap-filter(7); empty: all packets */
  readonly filter: string;
  readonly seconds: number;
  /** the most bytes of the pcap file */
  readonly bytes: number;
  /** whether packets have what comes behind their headers */
  readonly payload: boolean;
}

/** The two ends of the TCP connection over which a client gets the answer. */
export interface ClientConnection {
  readonly address: string;
  readonly port: number;
  /** port of the agent */
  readonly localPort: number;
}

/** Where an interface is: inside of the namespace of the load balancers, or outside, as the management interface is. */
export type CapturePlace = 'inside' | 'outside';

/**
 * Returns where a capture of an interface takes place. An interface inside goes before one outside with the same name.
 * @returns undefined if no interface has the name
 */
export function capturePlace(
  name: string,
  inside: readonly string[],
  outside: readonly string[],
): CapturePlace | undefined {
  if (inside.includes(name)) return 'inside';
  return outside.includes(name) ? 'outside' : undefined;
}

/**
 * Returns the filter that leaves out the connection over which the client gets the answer: each packet of it would make
 * another packet. Its part stands first, because `vlan` in a filter moves the offsets of everything behind it.
 */
export function withoutConnection(filter: string, { address, port, localPort }: ClientConnection): string {
  const host = address.replace(/^::ffff:(?=[\d.]+$)/i, '').replace(/%.*$/, '');
  const others = `not (host ${host} and tcp port ${port} and tcp port ${localPort})`;
  return filter === '' ? others : `${others} and (${filter})`;
}

/** Returns the arguments of tcpdump that check a filter for Ethernet packets without a capture. */
export const filterCheck = (filter: string): string[] => ['-y', 'EN10MB', '-d', '--', filter];

/**
 * Returns the arguments of tcpdump for a capture to standard output.
 * `-Z root`: tcpdump always changes its user, and the agent's unit may change only the group. With -w it decodes no packet.
 * `--immediate-mode`: without it, the packets of the last second would be lost when tcpdump is ended.
 */
export const captureArguments = ({
  interfaceName,
  filter,
  payload,
}: Pick<CaptureSettings, 'interfaceName' | 'filter' | 'payload'>): string[] => [
  ...['-i', interfaceName, '-y', 'EN10MB', '-n', '-Z', 'root', '--immediate-mode'],
  ...['-s', `${payload ? WHOLE_SNAP_LENGTH : HEADERS_SNAP_LENGTH}`, '-U', '-w', '-', '--', filter],
];

/** Returns the number of packets that the kernel dropped, from the last lines that tcpdump prints; undefined without them. */
export function droppedPackets(printed: string): number | undefined {
  const [, dropped] = /^(\d+) packets? dropped by kernel$/m.exec(printed) ?? [];
  return dropped === undefined ? undefined : Number(dropped);
}
