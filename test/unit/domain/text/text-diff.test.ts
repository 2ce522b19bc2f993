import { applyPatch } from 'diff';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unifiedDiff } from '../../../../src/domain/text/text-diff.ts';

describe('the difference of two texts', () => {
  it('is empty for equal texts', () => {
    expect(unifiedDiff('/a/haproxy.cfg', 'x\n', 'x\n')).toBe('');
  });

  it('shows the changes with three lines around them', () => {
    expect(unifiedDiff('/a/haproxy.cfg', '1\n2\n3\n4\n5\n6\n', '1\n2\n3\n4\nfive\n6\n')).toBe(
      '--- /a/haproxy.cfg\n+++ /a/haproxy.cfg\n@@ -2,5 +2,5 @@\n 2\n 3\n 4\n-5\n+five\n 6\n',
    );
  });

  it('starts from an empty text if there is no file', () => {
    expect(unifiedDiff('/a/haproxy.cfg', undefined, 'x\n')).toBe(
      '--- /dev/null\n+++ /a/haproxy.cfg\n@@ -0,0 +1,1 @@\n+x\n',
    );
  });

  it('turns one text into the other', () => {
    const text = fc.stringMatching(/^([a-c]{0,2}\n){0,8}[a-c]?$/);
    fc.assert(
      fc.property(text, text, (before, after) => {
        const patch = unifiedDiff('file', before, after);
        expect(patch === '' ? before : applyPatch(before, patch)).toBe(after);
      }),
    );
  });

  it('shows only what is added to a text, however much it is', () => {
    const added = 'x\n'.repeat(9000);
    expect(unifiedDiff('file', '1\n2\n', `1\n2\n${added}`)).toContain('@@ -1,2 +1,9002 @@\n 1\n 2\n+x\n');
    expect(unifiedDiff('file', undefined, added)).toContain('@@ -0,0 +1,9000 @@\n+x\n');
  });

  it('of two large texts with nothing in common is their whole exchange, computed quickly', () => {
    const numbered = (word: string): string =>
      Array.from({ length: 40_000 }, (_, index) => `${word} ${index}`).join('\n');
    const [before, after] = [`${numbered('old')}\n`, numbered('new')];
    const patch = unifiedDiff('file', before, after);
    expect(patch).toContain('@@ -1,40000 +1,40000 @@\n-old 0\n');
    expect(applyPatch(before, patch)).toBe(after);
  });
});
