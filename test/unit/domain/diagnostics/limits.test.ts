import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shortened } from '../../../../src/domain/diagnostics/limits.ts';

describe('a shortened file', () => {
  it('is the whole file if that fits', () => {
    expect(shortened(Buffer.from('a\nb\n'), 'end', 4)).toBe('a\nb\n');
  });

  it('has whole lines, and says how many bytes are left out', () => {
    const content = Buffer.from('first\nsecond\nthird\n');
    expect(shortened(content, 'beginning', 8)).toBe('first\n… 13 bytes left out …\n');
    expect(shortened(content, 'end', 8)).toBe('… 13 bytes left out …\nthird\n');
  });

  it('never has more bytes than the limit, besides its note', () => {
    const text = fc
      .array(fc.constantFrom('a', 'ä', '\n', 'bc'), { maxLength: 60 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        text,
        fc.constantFrom('beginning' as const, 'end' as const),
        fc.integer({ min: 1, max: 40 }),
        (whole, kept, limit) => {
          const lines = shortened(Buffer.from(whole), kept, limit).replace(/… \d+ bytes left out …\n/, '');
          expect(Buffer.byteLength(lines)).toBeLessThanOrEqual(limit);
          expect(kept === 'end' ? whole.endsWith(lines) : whole.startsWith(lines)).toBe(true);
        },
      ),
    );
  });
});
