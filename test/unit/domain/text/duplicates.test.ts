import fc from 'fast-check';
import { expect, it } from 'vitest';
import { earlierEquals } from '../../../../src/domain/text/duplicates.ts';

it('the search for duplicates finds the first equal of each key', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5)), (keys) => {
      const expected = keys.map((key, index) => {
        const first = keys.indexOf(key);
        return first < index ? first : undefined;
      });
      expect(earlierEquals(keys)).toEqual(expected);
    }),
  );
});
