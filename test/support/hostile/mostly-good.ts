import fc from 'fast-check';

/** Makes mostly valid values, so that the rest of the request is read too. */
export function oneOf(good: readonly string[], bad: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return good.length === 0
    ? bad
    : fc.oneof({ weight: 7, arbitrary: fc.constantFrom(...good) }, { weight: 1, arbitrary: bad });
}
