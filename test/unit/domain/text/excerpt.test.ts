import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createExcerpt } from '../../../../src/domain/text/excerpt.ts';

const excerptOf = (limit: number, parts: readonly string[]): string => {
  const excerpt = createExcerpt(limit);
  for (const part of parts) excerpt.add(part);
  return excerpt.text();
};

describe('an excerpt', () => {
  it('of a text that fits is the text', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (parts) => {
        const text = parts.join('');
        expect(excerptOf(2 * text.length, parts)).toBe(text);
      }),
    );
  });

  it('of a longer one has its beginning, its end and the number of characters between them', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), fc.nat(20), (parts, half) => {
        const text = parts.join('');
        fc.pre(half > 0 && text.length > 2 * half);
        const leftOut = `\n… ${text.length - 2 * half} characters left out …\n`;
        expect(excerptOf(2 * half, parts)).toBe(text.slice(0, half) + leftOut + text.slice(-half));
      }),
    );
  });
});
