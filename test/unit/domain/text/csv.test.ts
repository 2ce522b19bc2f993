import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCsv } from '../../../../src/domain/text/csv.ts';

const quoted = (field: string): string => `"${field.replaceAll('"', '""')}"`;

describe('CSV of haproxy', () => {
  it('is split into the fields that it was made from, quoted or not', () => {
    const field = fc.record({
      text: fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', ' ', '') }),
      isQuoted: fc.boolean(),
    });
    const rows = fc.array(fc.array(field, { minLength: 1 }));
    fc.assert(
      fc.property(rows, (given) => {
        const text = given
          .map((row) =>
            row
              .map(({ text: plain, isQuoted }) => (isQuoted || /[,"\n]/.test(plain) ? quoted(plain) : plain))
              .join(','),
          )
          .map((line) => `${line}\n`)
          .join('');
        expect(parseCsv(text)).toEqual(given.map((row) => row.map(({ text: plain }) => plain)));
      }),
    );
  });

  it.each(['a,b', 'a\nb', '"a', '"a\n', '"a"b\n', 'a"b\n', 'a,"b\nc\n'])(
    'is refused if it is broken: %j',
    (text) => {
      expect(parseCsv(text)).toBeUndefined();
    },
  );
});
