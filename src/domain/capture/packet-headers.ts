/**
 * How many bytes of a captured packet are headers. Everything else is payload, which a capture leaves out by default.
 * Formats: IEEE 802.3 and 802.1Q, RFC 791 (IPv4), 8200 (IPv6), 9293 (TCP), 768 (UDP), 9260 (SCTP), 792 and 4443 (ICMP),
 * 826 (ARP), 4302 (AH), 5798 (VRRP).
 */

/**
 * The most bytes that tcpdump copies of each packet when no payload is wanted: Ethernet 14, two VLAN tags 8, IPv6 40, its
 * extension headers 134, TCP with all options 60. The longest IPv4 header (60) and an ICMP error with the headers of the packet
 * that caused it are shorter.
 */
export const HEADERS_SNAP_LENGTH = 256;

const ETHERNET = 14;
const VLAN_TAG = 4;
const VLAN_TYPES: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100]);
const MOST_VLAN_TAGS = 2;
const ARP_BYTES = 28;
const MOST_EXTENSIONS = 8;

/**
 * Returns the length of the headers at the beginning of an Ethernet frame, in bytes. A frame may be cut at any place. A header
 * of an unknown protocol counts as payload.
 */
export function headersLength(frame: Buffer): number {
  return Math.min(frame.length, networkEnd(frame));
}

function networkEnd(frame: Buffer): number {
  let end = ETHERNET;
  let type = word(frame, end - 2);
  for (let tags = 0; tags < MOST_VLAN_TAGS && VLAN_TYPES.has(type); tags += 1) {
    end += VLAN_TAG;
    type = word(frame, end - 2);
  }
  if (type === 0x0800) return ipv4End(frame, end, true);
  if (type === 0x86dd) return ipv6End(frame, end, true);
  return type === 0x0806 ? end + ARP_BYTES : end;
}

/** @param isOuter whether this is not the header that an ICMP error quotes */
function ipv4End(frame: Buffer, start: number, isOuter: boolean): number {
  const first = byte(frame, start);
  const length = (first & 0x0f) * 4;
  if (first >> 4 !== 4 || length < 20) return start;
  const end = start + length;
  const isFirstFragment = (word(frame, start + 6) & 0x1fff) === 0;
  return isFirstFragment ? transportEnd(frame, end, byte(frame, start + 9), isOuter) : end;
}

function ipv6End(frame: Buffer, start: number, isOuter: boolean): number {
  if (byte(frame, start) >> 4 !== 6) return start;
  let next = byte(frame, start + 6);
  let end = start + 40;
  for (let count = 0; count < MOST_EXTENSIONS; count += 1) {
    const length = extensionLength(frame, end, next);
    if (length === undefined) return transportEnd(frame, end, next, isOuter);
    if (next === FRAGMENT && word(frame, end + 2) >> 3 !== 0) return end + length;
    next = byte(frame, end);
    end += length;
  }
  return end;
}

const FRAGMENT = 44;
const AUTHENTICATION = 51;

/** @returns undefined if the header is no extension header */
function extensionLength(frame: Buffer, start: number, kind: number): number | undefined {
  switch (kind) {
    // hop-by-hop options, routing, destination options
    case 0:
    case 43:
    case 60:
      return (byte(frame, start + 1) + 1) * 8;
    case FRAGMENT:
      return 8;
    case AUTHENTICATION:
      return (byte(frame, start + 1) + 2) * 4;
    default:
      return undefined;
  }
}

/** The lengths of transport headers that are always the same, by the protocol number of IANA. */
const FIXED_LENGTHS: Readonly<Record<number, number>> = {
  // UDP and UDP-Lite
  17: 8,
  136: 8,
  // GRE without options
  47: 4,
  // ESP: index and sequence number
  50: 8,
  // VRRP without its addresses. The password of version 2 comes behind them
  112: 8,
  // SCTP with the beginning of its first chunk: type, flags, length
  132: 16,
};

function transportEnd(frame: Buffer, start: number, protocol: number, isOuter: boolean): number {
  if (protocol === 6) return start + Math.max(20, (byte(frame, start + 12) >> 4) * 4);
  if (protocol === 1) return icmpEnd(frame, start, isOuter);
  if (protocol === 58) return icmpv6End(frame, start, isOuter);
  if (protocol === AUTHENTICATION) {
    const end = start + (byte(frame, start + 1) + 2) * 4;
    return transportEnd(frame, end, isOuter ? byte(frame, start) : 0, false);
  }
  return start + (FIXED_LENGTHS[protocol] ?? 0);
}

const ICMP_BYTES = 8;
/** unreachable, source quench, redirect, time exceeded, parameter problem */
const ICMP_ERRORS: ReadonlySet<number> = new Set([3, 4, 5, 11, 12]);
/** The first and the last type of neighbour discovery: router and neighbour messages have no payload. */
const [FIRST_DISCOVERY, LAST_DISCOVERY] = [133, 137];
const LAST_ICMPV6_ERROR = 4;

function icmpEnd(frame: Buffer, start: number, isOuter: boolean): number {
  const end = start + ICMP_BYTES;
  return isOuter && ICMP_ERRORS.has(byte(frame, start)) ? ipv4End(frame, end, false) : end;
}

function icmpv6End(frame: Buffer, start: number, isOuter: boolean): number {
  const type = byte(frame, start);
  const end = start + ICMP_BYTES;
  if (!isOuter) return end;
  if (type >= FIRST_DISCOVERY && type <= LAST_DISCOVERY) return frame.length;
  return type >= 1 && type <= LAST_ICMPV6_ERROR ? ipv6End(frame, end, false) : end;
}

/** @returns 0 behind the end of the frame */
const byte = (frame: Buffer, offset: number): number => frame[offset] ?? 0;

const word = (frame: Buffer, offset: number): number => byte(frame, offset) * 256 + byte(frame, offset + 1);
