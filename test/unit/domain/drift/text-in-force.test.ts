import { describe, expect, it } from 'vitest';
import { type TextInForce, textInForce } from '../../../../src/domain/drift/text-in-force.ts';

describe('the text that a worker runs', () => {
  it.each<[string, string | undefined, number, number, number, TextInForce]>([
    ['the stored text, which the history ends with', 'new', 5, 9, 9, 'both'],
    ['the same after an upload of the same text', 'new', 9, 5, 5, 'both'],
    ['the earlier text, because the upload came after the start', 'old', 9, 5, 5, 'kept'],
    ['the stored text after a crash that followed the upload', 'old', 5, 9, 9, 'stored'],
    ['an unknown text after a start during the check of an upload', 'old', 5, 6, 4, 'unknown'],
    ['an unknown text when the rights of the file were changed after the start', 'old', 5, 9, 1, 'unknown'],
    ['an unknown text without a history', undefined, 9, 5, 5, 'unknown'],
    ['the stored text without a history, when it is older', undefined, 5, 9, 9, 'stored'],
  ])('is %s', (_name, kept, workerAge, writeAge, changeAge, expected) => {
    expect(textInForce({ kept, stored: 'new', workerAge, writeAge, changeAge })).toBe(expected);
  });
});
