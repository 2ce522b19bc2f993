import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configurationLines } from '../../../../src/domain/haproxy/haproxy-words.ts';
import { fetchWith, literalFormat, word } from '../../../../src/render/haproxy/quoting.ts';

describe('a quoted word of haproxy.cfg', () => {
  it.each([
    ['plain-1.2:3/4', 'plain-1.2:3/4'],
    ['', "''"],
    ['a b', "'a b'"],
    ["it's", "'it'\\''s'"],
    ['\\', "'\\'"],
    ['#', "'#'"],
    ['$HOME', "'$HOME'"],
  ])('%j is written %s', (text, written) => {
    expect(word(text)).toBe(written);
  });

  it('is read back as it was, without another word', () => {
    const sayable = fc.string({ unit: 'grapheme' }).filter((text) => !/[\r\n\v\f]/.test(text));
    fc.assert(
      fc.property(sayable, sayable, (one, other) => {
        const [line] = configurationLines(`acl ${word(one)} ${word(other)} end`);
        expect(line?.words).toEqual(['acl', one, other, 'end']);
      }),
    );
  });
});

it('a quoted format of haproxy.cfg has its per cent signs twice', () => {
  expect(literalFormat('100%[src]')).toBe('100%%[src]');
});

it('an argument of a haproxy function has quotes of its own', () => {
  expect(fetchWith('req.cook', 'a"\\b')).toBe('req.cook("a\\"\\\\b")');
});
