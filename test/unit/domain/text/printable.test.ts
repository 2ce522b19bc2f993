import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable, printableJson, printableLines } from '../../../../src/domain/text/printable.ts';

const ESCAPE = '\u001b';

describe('printable', () => {
  it.each([
    ['plain', 'plain'],
    ['größer 名前 🙂', 'größer 名前 🙂'],
    [`${ESCAPE}[2Jgone`, '[2Jgone'],
    [`${ESCAPE}]0;title\u0007x`, ']0;titlex'],
    ['\u009b2J', '2J'],
    ['a\u202eb', 'ab'],
    ['one\r\ntwo\tthree', 'one two three'],
    ['a\u2028b\u007f', 'ab'],
  ])('leaves nothing in %j that a terminal acts on', (text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  it('keeps the lines of a text, and no empty ones at its end', () => {
    expect(printableLines(`one\r\n${ESCAPE}two\n\n`)).toEqual(['one', 'two']);
  });
});

describe('printableJson', () => {
  it('is the JSON of the value, without a character that a terminal acts on', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const json = printableJson({ text });
        expect(JSON.parse(json)).toEqual({ text });
        expect(json.replaceAll('\n', '')).toBe(printable(json.replaceAll('\n', '')));
      }),
    );
    expect(printableJson('\u009b')).toBe('"\\u009b"\n');
  });
});
