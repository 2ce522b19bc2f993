import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPacketCutter } from '../../../../src/domain/capture/packet-cutter.ts';
import { capturedPackets, pcapFile } from '../../../support/network/captured-packets.ts';
import { ethernet, ipv4, PAYLOAD, tcp } from '../../../support/network/frames.ts';

const LIMIT = 1_000_000;
const HEADERS = Buffer.concat([ethernet(0x0800), ipv4(6), tcp(12)]);
const FRAME = Buffer.concat([HEADERS, PAYLOAD]);

/** Gives a file to a cutter in chunks of these sizes, and the rest as one chunk. */
function cut(
  file: Buffer,
  settings: Parameters<typeof createPacketCutter>[0],
  sizes: readonly number[] = [],
) {
  const cutter = createPacketCutter(settings);
  const parts: Buffer[] = [];
  let offset = 0;
  for (const size of [...sizes, file.length]) {
    parts.push(cutter.take(file.subarray(offset, offset + size)));
    offset += size;
  }
  return { cutter, output: Buffer.concat(parts) };
}

const frames = fc.array(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.concat([HEADERS, bytes])),
  { maxLength: 10 },
);
const sizes = fc.array(fc.nat(60), { maxLength: 80 });

describe('a packet cutter', () => {
  it('changes nothing when the payload is wanted and everything fits, wherever the chunks end', () => {
    fc.assert(
      fc.property(frames, sizes, fc.boolean(), (given, chunks, isLittle) => {
        const file = pcapFile(given, isLittle);
        const { output, cutter } = cut(file, { bytes: LIMIT, keepsPayload: true }, chunks);
        expect(output).toEqual(file);
        expect(cutter.size()).toEqual({ packets: given.length, bytes: file.length });
        expect(cutter.isFull()).toBe(false);
      }),
    );
  });

  it('keeps the headers alone, with the original length of each packet', () => {
    const { output } = cut(pcapFile([FRAME, HEADERS]), { bytes: LIMIT, keepsPayload: false });
    expect(capturedPackets(output)).toEqual([
      { frame: HEADERS, originalLength: FRAME.length },
      { frame: HEADERS, originalLength: HEADERS.length },
    ]);
  });

  it('keeps the headers alone in the other byte order', () => {
    const { output } = cut(pcapFile([FRAME], false), { bytes: LIMIT, keepsPayload: false });
    expect(output.length).toBe(24 + 16 + HEADERS.length);
    expect(output.readUInt32BE(24 + 8)).toBe(HEADERS.length);
    expect(output.readUInt32BE(24 + 12)).toBe(FRAME.length);
  });

  it('ends with a whole packet, within its limit, and takes no packet behind the first that did not fit', () => {
    fc.assert(
      fc.property(frames, sizes, fc.integer({ min: 24, max: 2000 }), (given, chunks, bytes) => {
        const file = pcapFile(given);
        const { output, cutter } = cut(file, { bytes, keepsPayload: true }, chunks);
        expect(output.length).toBeLessThanOrEqual(bytes);
        expect(output).toEqual(file.subarray(0, output.length));
        expect(capturedPackets(output)).toHaveLength(cutter.size().packets);
        expect(cutter.isFull()).toBe(output.length < file.length);
      }),
    );
  });

  it('gives nothing of half a packet', () => {
    const file = pcapFile([FRAME, FRAME]);
    const { output } = cut(file.subarray(0, -1), { bytes: LIMIT, keepsPayload: true });
    expect(capturedPackets(output)).toHaveLength(1);
  });

  it.each([
    ['no pcap file', Buffer.alloc(24)],
    ['packets of link type 113, not of Ethernet', withNumber(pcapFile([]), 20, 113)],
    ['a packet of 262145 bytes', withNumber(pcapFile([FRAME]), 24 + 8, 262_145)],
  ])('refuses %s', (reason, file) => {
    expect(() => cut(file, { bytes: LIMIT, keepsPayload: true })).toThrow(`tcpdump wrote ${reason}`);
  });
});

function withNumber(file: Buffer, offset: number, value: number): Buffer {
  file.writeUInt32LE(value, offset);
  return file;
}
