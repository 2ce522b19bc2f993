/** A packet in a pcap file. */
export interface CapturedPacket {
  /** the captured bytes, from the Ethernet header on */
  readonly frame: Buffer;
  /** bytes of the packet before anything was cut off */
  readonly originalLength: number;
}

const [FILE_HEADER, PACKET_HEADER] = [24, 16];
const MAGIC = 0xa1_b2_c3_d4;

/** Returns the packets of a whole pcap file of this machine's byte order. @throws Error if it isn't whole */
export function capturedPackets(file: Buffer): CapturedPacket[] {
  if (file.readUInt32LE(0) !== MAGIC) throw new Error('no pcap file');
  const packets: CapturedPacket[] = [];
  let offset = FILE_HEADER;
  while (offset < file.length) {
    const length = file.readUInt32LE(offset + 8);
    const start = offset + PACKET_HEADER;
    offset = start + length;
    if (offset > file.length) throw new Error('half a packet at the end');
    packets.push({ frame: file.subarray(start, offset), originalLength: file.readUInt32LE(start - 4) });
  }
  return packets;
}

/** Returns a pcap file as tcpdump writes it. */
export function pcapFile(frames: readonly Buffer[], isLittle = true): Buffer {
  const number = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    if (isLittle) bytes.writeUInt32LE(value);
    else bytes.writeUInt32BE(value);
    return bytes;
  };
  const version = number(isLittle ? 0x0004_0002 : 0x0002_0004);
  const header = [number(MAGIC), version, number(0), number(0), number(262_144), number(1)];
  const packets = frames.flatMap((frame) => [
    ...[number(1_700_000_000), number(7), number(frame.length), number(frame.length)],
    frame,
  ]);
  return Buffer.concat([...header, ...packets]);
}
