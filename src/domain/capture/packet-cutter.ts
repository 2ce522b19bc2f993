import { headersLength } from './packet-headers.ts';

/** The bytes of the header of a pcap file, and of the header of each packet in it (draft-ietf-opsawg-pcap). */
export const FILE_HEADER = 24;
export const PACKET_HEADER = 16;
/** The most bytes that tcpdump copies of a packet without `-s`. */
export const WHOLE_SNAP_LENGTH = 262_144;
/** The place of the number of captured bytes in the header of a packet. */
const CAPTURED_LENGTH = 8;
/** The places of two numbers in the header of the file. */
const [MAGIC, LINK_TYPE] = [0, 20];
const PCAP = 0xa1_b2_c3_d4;
const ETHERNET = 1;

export interface CutterSettings {
  /** the most bytes of the whole output */
  readonly bytes: number;
  /** whether packets keep what comes behind their headers */
  readonly keepsPayload: boolean;
}

/** Cuts a pcap file to a limited size, and the payload from its packets. The output is a whole pcap file at any time. */
export interface PacketCutter {
  /**
   * Takes the next bytes of the input.
   * @returns the next bytes of the output: whole packets. @throws Error if the input is no pcap file of Ethernet packets
   */
  take(chunk: Buffer): Buffer;
  /** Returns whether a packet did not fit. Then all further input is dropped. */
  isFull(): boolean;
  /** Returns the size of the output so far. */
  size(): { readonly packets: number; readonly bytes: number };
}

/** Creates a cutter. Between two chunks it holds less than one packet. */
export function createPacketCutter({ bytes: limit, keepsPayload }: CutterSettings): PacketCutter {
  let pending: Buffer = Buffer.alloc(0);
  let isLittle: boolean | undefined;
  let isFull = false;
  let packets = 0;
  let bytes = 0;

  /** Removes the first bytes of the input. @returns undefined if they have not all arrived */
  const shift = (length: number): Buffer | undefined => {
    if (pending.length < length) return undefined;
    const first = pending.subarray(0, length);
    pending = pending.subarray(length);
    return first;
  };
  const next = (): Buffer | undefined => {
    if (isLittle === undefined) {
      const header = shift(FILE_HEADER);
      if (header !== undefined) isLittle = isLittleEndian(header);
      return header;
    }
    const packet = shift(packetLength(pending, isLittle));
    if (packet === undefined) return undefined;
    const kept = keepsPayload ? packet : withoutPayload(packet, isLittle);
    isFull = bytes + kept.length > limit;
    if (isFull) return undefined;
    packets += 1;
    return kept;
  };
  return {
    take(chunk) {
      if (isFull) return Buffer.alloc(0);
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      const parts: Buffer[] = [];
      for (let part = next(); part !== undefined; part = next()) {
        parts.push(part);
        bytes += part.length;
      }
      return Buffer.concat(parts);
    },
    isFull: () => isFull,
    size: () => ({ packets, bytes }),
  };
}

/** Returns the byte order of a file. @throws Error if its packets are no Ethernet frames */
function isLittleEndian(header: Buffer): boolean {
  const isLittle = header.readUInt32LE(MAGIC) === PCAP;
  if (!isLittle && header.readUInt32BE(MAGIC) !== PCAP) throw new Error('tcpdump wrote no pcap file');
  const linkType = numberAt(header, LINK_TYPE, isLittle) & 0xffff;
  if (linkType !== ETHERNET)
    throw new Error(`tcpdump wrote packets of link type ${linkType}, not of Ethernet`);
  return isLittle;
}

/** @returns the length of the first packet with its header; Infinity if the header has not arrived */
function packetLength(input: Buffer, isLittle: boolean): number {
  if (input.length < PACKET_HEADER) return Number.POSITIVE_INFINITY;
  const captured = numberAt(input, CAPTURED_LENGTH, isLittle);
  if (captured > WHOLE_SNAP_LENGTH) throw new Error(`tcpdump wrote a packet of ${captured} bytes`);
  return PACKET_HEADER + captured;
}

/** Returns a packet of its headers alone. Its original length stays. */
function withoutPayload(packet: Buffer, isLittle: boolean): Buffer {
  const length = headersLength(packet.subarray(PACKET_HEADER));
  const kept = Buffer.from(packet.subarray(0, PACKET_HEADER + length));
  if (isLittle) kept.writeUInt32LE(length, CAPTURED_LENGTH);
  else kept.writeUInt32BE(length, CAPTURED_LENGTH);
  return kept;
}

const numberAt = (buffer: Buffer, offset: number, isLittle: boolean): number =>
  isLittle ? buffer.readUInt32LE(offset) : buffer.readUInt32BE(offset);
