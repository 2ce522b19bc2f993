import { constants, deflateSync, type ZlibOptions } from 'node:zlib';

/**
 * The longest text that is stored as it is, in bytes. Its heartbeat, 75 bytes longer, still fits the smallest MTU of IPv6
 * with the headers of IP and UDP (1280 − 48 bytes, RFC 8200), so no router has to split it.
 */
const LONGEST_STORED = 1280 - 48 - 75;

/**
 * `fast` takes half the time of `best`, and its result is 8 % longer (measured with random ids). The filtered strategy skips
 * short repetitions, which makes the result of `best` 5 % smaller.
 */
const OPTIONS = {
  fast: { level: constants.Z_BEST_SPEED },
  best: { level: constants.Z_BEST_COMPRESSION, strategy: constants.Z_FILTERED },
} as const satisfies Readonly<Record<string, ZlibOptions>>;

export type Effort = keyof typeof OPTIONS;

/**
 * Returns a text as a zlib stream (RFC 1950), which every decompressor reads. A short text becomes one stored block: zlib's
 * compressor takes a quarter of a megabyte for each text, and more time than the rest of a small heartbeat's message.
 */
export function zlibText(text: string, effort: Effort): Buffer {
  const length = Buffer.byteLength(text, 'utf8');
  return length <= LONGEST_STORED ? stored(text, length) : deflateSync(text, OPTIONS[effort]);
}

const START = 7;
const CHECKSUM_BYTES = 4;

/** Makes a stream of one stored block (RFC 1951, section 3.2.4). @param length of the text in bytes, at most 65 535 */
function stored(text: string, length: number): Buffer {
  const stream = Buffer.allocUnsafe(START + length + CHECKSUM_BYTES);
  stream.set([0x78, 0x01, 1, length, length >> 8, ~length, ~length >> 8]);
  stream.write(text, START, 'utf8');
  const sum = adler32(stream, START, START + length);
  stream.set([sum >> 24, sum >> 16, sum >> 8, sum], START + length);
  return stream;
}

const ADLER_BASE = 65_521;

/** Returns the checksum of a zlib stream, of the bytes from `start` to `end`: so few that the sums stay exact. */
function adler32(bytes: Buffer, start: number, end: number): number {
  let [low, high] = [1, 0];
  // without an iterator, which makes an object for each byte
  for (let index = start; index < end; index += 1) {
    low += bytes[index] ?? 0;
    high += low;
  }
  return (high % ADLER_BASE) * 65_536 + (low % ADLER_BASE);
}
