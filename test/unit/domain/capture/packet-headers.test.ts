import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HEADERS_SNAP_LENGTH, headersLength } from '../../../../src/domain/capture/packet-headers.ts';
import {
  authentication,
  ethernet,
  extension,
  fragment,
  icmp,
  ipv4,
  ipv6,
  PAYLOAD,
  tcp,
  udp,
} from '../../../support/network/frames.ts';

const [IPV4, IPV6, ARP] = [0x0800, 0x86dd, 0x0806];
const [ICMP, TCP, UDP, AH, ICMPV6, VRRP, SCTP] = [1, 6, 17, 51, 58, 112, 132];

const FRAMES: readonly (readonly [title: string, headers: readonly Buffer[]])[] = [
  ['TCP over IPv4', [ethernet(IPV4), ipv4(TCP), tcp()]],
  ['TCP with all options', [ethernet(IPV4), ipv4(TCP), tcp(40)]],
  ['IPv4 with options', [ethernet(IPV4), ipv4(TCP, 40), tcp(12)]],
  ['a VLAN tag', [ethernet(IPV4, 1), ipv4(TCP), tcp()]],
  ['two VLAN tags', [ethernet(IPV6, 2), ipv6(TCP), tcp()]],
  ['UDP', [ethernet(IPV4), ipv4(UDP), udp]],
  ['UDP over IPv6', [ethernet(IPV6), ipv6(UDP), udp]],
  ['extension headers', [ethernet(IPV6), ipv6(0), extension(43), extension(60, 2), extension(TCP), tcp(8)]],
  ['a first fragment of IPv6', [ethernet(IPV6), ipv6(44), fragment(TCP, 0), tcp()]],
  ['a later fragment of IPv6', [ethernet(IPV6), ipv6(44), fragment(TCP, 200)]],
  ['a later fragment of IPv4', [ethernet(IPV4), ipv4(TCP, 0, 185)]],
  ['an authentication header over IPv4', [ethernet(IPV4), ipv4(AH), authentication(TCP), tcp()]],
  ['an authentication header over IPv6', [ethernet(IPV6), ipv6(AH), authentication(UDP), udp]],
  ['an echo request', [ethernet(IPV4), ipv4(ICMP), icmp(8)]],
  ['an ICMP error and the headers in it', [ethernet(IPV4), ipv4(ICMP), icmp(3), ipv4(UDP), udp]],
  ['an ICMPv6 error and the headers in it', [ethernet(IPV6), ipv6(ICMPV6), icmp(1), ipv6(TCP), tcp(12)]],
  ['an ICMP error in an ICMP error', [ethernet(IPV4), ipv4(ICMP), icmp(3), ipv4(ICMP), icmp(3)]],
  ['SCTP with the beginning of its first chunk', [ethernet(IPV4), ipv4(SCTP), Buffer.alloc(16)]],
  ['VRRP without addresses and password', [ethernet(IPV4), ipv4(VRRP), Buffer.alloc(8)]],
  ['ARP', [ethernet(ARP), Buffer.alloc(28)]],
  ['an unknown protocol over IP', [ethernet(IPV4), ipv4(253)]],
  ['an unknown protocol over Ethernet', [ethernet(0x88b5)]],
  ['IPv4 of a wrong version', [ethernet(IPV4), Buffer.alloc(0)]],
];

describe('the headers of a packet', () => {
  it.each(FRAMES)('end where the payload begins: %s', (_title, headers) => {
    const bytes = Buffer.concat(headers);
    expect(headersLength(Buffer.concat([bytes, PAYLOAD]))).toBe(bytes.length);
  });

  it.each(FRAMES)('fit into the snap length: %s', (_title, headers) => {
    expect(Buffer.concat(headers).length).toBeLessThanOrEqual(HEADERS_SNAP_LENGTH);
  });

  it('are the whole message of neighbour discovery', () => {
    const frame = Buffer.concat([ethernet(IPV6), ipv6(ICMPV6), icmp(135), Buffer.alloc(24)]);
    expect(headersLength(frame)).toBe(frame.length);
  });

  it('are the same when the packet is cut behind them, and no longer than the packet', () => {
    const frame = fc.constantFrom(...FRAMES).map(([, headers]) => Buffer.concat([...headers, PAYLOAD]));
    fc.assert(
      fc.property(frame, fc.nat(200), (whole, length) => {
        const cut = headersLength(whole.subarray(0, length));
        if (length >= headersLength(whole)) expect(cut).toBe(headersLength(whole));
        else expect(cut).toBeLessThanOrEqual(length);
      }),
    );
  });

  it('end within the packet, whatever its bytes are', () => {
    const types = fc.constantFrom(IPV4, IPV6, 0x8100);
    fc.assert(
      fc.property(types, fc.uint8Array({ maxLength: 300 }), (type, bytes) => {
        const frame = Buffer.concat([ethernet(type), bytes]);
        const length = headersLength(frame);
        expect(length).toBeGreaterThanOrEqual(14);
        expect(length).toBeLessThanOrEqual(frame.length);
      }),
    );
  });
});
