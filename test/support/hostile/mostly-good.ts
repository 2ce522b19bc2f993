import fc from 'fast-check';

/** Mostly what the place wants, so that the rest of the request counts. */
export function oneOf(good: readonly string[], bad: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return good.length === 0
    ? bad
    : fc.oneof({ weight: 7, arbitrary: fc.constantFrom(...good) }, { weight: 1, arbitrary: bad });
}
