import { diffLines } from 'diff';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedLines } from '../../../../src/domain/text/changed-lines.ts';

describe('changedLines', () => {
  it.each([
    ['the same text', 'a\nb\n', 'a\nb\n', 0, 0],
    ['a new text', undefined, 'a\nb\n', 2, 0],
    ['an emptied text', 'a\nb\n', '', 0, 2],
    ['another line', 'a\nb\n', 'a\nc\n', 1, 1],
    ['one more of the same lines', 'a\na\n', 'a\na\na\n', 1, 0],
    ['moved lines', 'a\nb\nc\n', 'c\na\nb\n', 0, 0],
    ['a missing line end', 'a\nb\n', 'a\nb', 0, 0],
  ])('counts %s', (_what, before, after, added, removed) => {
    expect(changedLines(before, after)).toEqual({ added, removed });
  });

  it('never counts more than the shortest difference, and the same surplus', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c'))
      .map((lines) => lines.map((line) => `${line}\n`).join(''));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const parts = diffLines(before, after);
        const total = (key: 'added' | 'removed') =>
          parts.filter((part) => part[key]).reduce((sum, { count }) => sum + (count ?? 0), 0);
        const { added, removed } = changedLines(before, after);
        expect(added).toBeLessThanOrEqual(total('added'));
        expect(added - removed).toBe(total('added') - total('removed'));
      }),
    );
  });
});
