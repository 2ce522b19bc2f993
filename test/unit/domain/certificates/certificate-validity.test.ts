import { describe, expect, it } from 'vitest';
import {
  authoritiesValidity,
  chainValidity,
  type Validity,
} from '../../../../src/domain/certificates/certificate-validity.ts';

const day = (number: number): Date => new Date(Date.UTC(2026, 0, number));
const valid = (first: number, last: number): Validity => ({ notBefore: day(first), notAfter: day(last) });
const NOW = day(10);

describe('a certificate with its issuers', () => {
  it('is valid while all of them are', () => {
    expect(chainValidity([valid(1, 20), valid(3, 15)])).toEqual(valid(3, 15));
    expect(chainValidity([])).toBeUndefined();
  });
});

describe('authorities in one file', () => {
  it.each<[string, Validity[], Validity & { expired: Date[] }]>([
    ['are as the one that expires next', [valid(1, 30), valid(1, 20)], { ...valid(1, 20), expired: [] }],
    [
      'are valid beside one that expired',
      [valid(1, 30), valid(1, 9)],
      { ...valid(1, 30), expired: [day(9)] },
    ],
    ['are valid beside one that is not yet', [valid(11, 15), valid(1, 20)], { ...valid(1, 20), expired: [] }],
    ['have expired when all have', [valid(1, 5), valid(1, 10)], { ...valid(1, 10), expired: [] }],
    [
      'are not valid yet when the others have expired',
      [valid(11, 20), valid(1, 5)],
      { ...valid(11, 20), expired: [] },
    ],
  ])('%s', (_what, authorities, expected) => {
    expect(authoritiesValidity(authorities, NOW)).toEqual(expected);
  });

  it('are unknown without one', () => {
    expect(authoritiesValidity([], NOW)).toBeUndefined();
  });
});
