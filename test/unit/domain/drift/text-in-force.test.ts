import { describe, expect, it } from 'vitest';
import { type TextFacts, type TextInForce, textInForce } from '../../../../src/domain/drift/text-in-force.ts';

const facts = (kept: string | undefined, workerAge: number, writeAge: number, changeAge: number) => ({
  ...{ kept, workerAge, writeAge, changeAge },
});

describe('the text that a worker runs', () => {
  it.each<[string, Omit<TextFacts, 'stored'>, TextInForce]>([
    ['the stored text, which the history ends with', facts('new', 5, 9, 9), 'both'],
    ['the same after an upload of the same text', facts('new', 9, 5, 5), 'both'],
    ['the earlier text, because the upload came after the start', facts('old', 9, 5, 5), 'kept'],
    ['the stored text after a crash that followed the upload', facts('old', 5, 9, 9), 'stored'],
    ['an unknown text after a start during the check of an upload', facts('old', 5, 6, 4), 'unknown'],
    [
      'an unknown text when the rights of the file were changed after the start',
      facts('old', 5, 9, 1),
      'unknown',
    ],
    ['an unknown text without a history', facts(undefined, 9, 5, 5), 'unknown'],
    ['the stored text without a history, when it is older', facts(undefined, 5, 9, 9), 'stored'],
  ])('is %s', (_name, given, expected) => {
    expect(textInForce({ ...given, stored: 'new' })).toBe(expected);
  });
});
