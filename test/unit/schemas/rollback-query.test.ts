import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../../src/errors.ts';
import { parseRollbackTarget } from '../../../src/schemas/rollback-query.ts';

describe('the target of a rollback', () => {
  it.each([undefined, '1', '5', '99', '0123456789abcdef0123456789abcdef'])('may be %s', (to) => {
    expect(parseRollbackTarget(to)).toBe(to);
  });

  it.each(['', '0', '-1', '100', '1 ', '../x', '0123456789ABCDEF0123456789ABCDEF', '1\n'])(
    'is refused as %j',
    (to) => {
      expect(() => parseRollbackTarget(to)).toThrow(InvalidInput);
    },
  );
});
