import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { zlibText } from '../../../../src/domain/heartbeat/zlib-text.ts';

const EFFORTS = ['fast', 'best'] as const;
const SMALLEST_MTU = 1280;
const HEADERS = 48;
const SIGNATURE = 64;

describe('a text as a zlib stream', () => {
  it.each(EFFORTS)('is the same text for a decompressor (%s)', (effort) => {
    const text = fc.string({ unit: 'grapheme', maxLength: 3000, size: 'max' });
    fc.assert(
      fc.property(text, (one) => {
        expect(inflateSync(zlibText(one, effort)).toString('utf8')).toBe(one);
      }),
    );
  });

  it.each(EFFORTS)(
    'has the right checksum at each length around the limit of a stored text (%s)',
    (effort) => {
      for (const length of [0, 1, 255, 256, 1156, 1157, 1158]) {
        const text = '\u007f'.repeat(length);
        expect(inflateSync(zlibText(text, effort)).toString('utf8')).toBe(text);
      }
    },
  );

  it.each(EFFORTS)('never makes a short heartbeat longer than one packet (%s)', (effort) => {
    for (let length = 1000; length < 1400; length += 1) {
      const stream = zlibText('x'.repeat(length), effort);
      expect(stream.length + SIGNATURE).toBeLessThanOrEqual(SMALLEST_MTU - HEADERS);
    }
  });
});
