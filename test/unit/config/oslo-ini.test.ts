import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIni } from '../../../src/config/oslo-ini.ts';
import { InvalidConfiguration } from '../../../src/errors.ts';

function readValue(text: string): string | undefined {
  return parseIni('test.conf', `[s]\n${text}`).get('s')?.get('k');
}

function messageOf(text: string): string {
  try {
    parseIni('test.conf', text);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidConfiguration);
    return String(error instanceof Error && error.message);
  }
  return expect.unreachable('accepted');
}

describe('values in an oslo.config file', () => {
  it.each([
    ['k=v', 'v'],
    ['k : v', 'v'],
    ['k = a = b : c', 'a = b : c'],
    ['k : a=b', 'a=b'],
    ['k =', ''],
    ['k = a # no comment ; either', 'a # no comment ; either'],
    ['k = a\r\n', 'a'],
    ['k = a\nk = b', 'b'],
    ['k = a\nk =', ''],
    ['k = a\n[t]\nk = c\n[s]\nx = y', 'a'],
    ['k = a\n[S]\nk = b', 'b'],
  ])('%j gives %j', (text, value) => {
    expect(readValue(text)).toBe(value);
  });

  it('are absent if the option stands in a comment only', () => {
    expect(readValue('#k = a\n;k = b')).toBeUndefined();
  });
});

describe('quotes in an oslo.config file', () => {
  it.each([
    ['k = "a"', 'a'],
    ["k = 'a'", 'a'],
    ['k = " a "', ' a '],
    ['k = \'"a"\'', '"a"'],
    ['k = "a', '"a'],
    ['k = "a\'', '"a\''],
    ['k = "a" b', '"a" b'],
    ['k = "a","b"', 'a","b'],
    ['k = ""', ''],
  ])('of %j leave %j', (text, value) => {
    expect(readValue(text)).toBe(value);
  });
});

describe('a line of an oslo.config file that begins with white space', () => {
  it.each([
    ['k = a\n b\n\tc', 'a\nb\nc'],
    ['k =\n a', '\na'],
    ['k = a\n # no comment', 'a\n# no comment'],
    ['k = a\n [t]', 'a\n[t]'],
    ['k = "a"\n b', 'a\nb'],
    ['k = a\n  \n', 'a'],
  ])('continues the value above: %j gives %j', (text, value) => {
    expect(readValue(text)).toBe(value);
  });

  it.each(['[s]\n k = v', '[s]\nk = a\n\n b', '[s]\nk = a\n# c\n b', ' [s]'])(
    'is refused if there is no value above: %j',
    (text) => {
      expect(messageOf(text)).toMatch(/^test\.conf: line \d: begins with white space/);
    },
  );
});

describe('section names of an oslo.config file', () => {
  it('are case-insensitive, except for DEFAULT', () => {
    const sections = parseIni('test.conf', '[Health_Manager]\na=1\n[DEFAULT]\nb=2\n[default]\nb=3');
    expect(sections.get('health_manager')?.get('a')).toBe('1');
    expect(sections.get('DEFAULT')?.get('b')).toBe('2');
  });
});

describe('the error about an oslo.config file', () => {
  it.each([
    ['[s]\nk', 'line 2: neither a section, nor a comment, nor "option = value"'],
    ['[s]\n= v', 'line 2: a value without an option'],
    ['k = v', 'line 1: option k stands before the first section'],
    ['\n[s', 'line 2: a section must end with "]"'],
    ['[]', 'line 1: a section without a name'],
  ])('of %j names file, line and reason', (text, message) => {
    expect(messageOf(text)).toBe(`test.conf: ${message}`);
  });

  it('never shows the content of the line, which may be a secret', () => {
    expect(messageOf('[health_manager]\nheartbeat_key s3cret')).not.toContain('s3cret');
  });
});

const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/);
const line = fc.string({ maxLength: 20 }).filter((text) => /^[\x20-\x7e]*$/.test(text));
const value = line.filter((text) => text.trim() === text && !/^["']/.test(text));

describe('a random oslo.config file', () => {
  it('is read or refused with one line', () => {
    const piece = fc.constantFrom(
      '[',
      ']',
      '=',
      ':',
      '#',
      ' ',
      '\t',
      '\n',
      '\r',
      '"',
      "'",
      'a',
      'DEFAULT',
      '\u0085',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 30 }), (pieces) => {
        try {
          parseIni('test.conf', pieces.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidConfiguration);
          expect(String(error)).not.toMatch(/[\n\r]/);
        }
      }),
    );
  });

  it('returns the written values with any spaces, comments and empty lines between them', () => {
    const noise = fc.array(
      fc.oneof(
        fc.constant(''),
        line.map((text) => `#${text}`),
        line.map((text) => `;${text}`),
      ),
    );
    const option = fc.record({ name, value, divider: fc.constantFrom('=', ' = ', ':', '\t:  '), noise });
    fc.assert(
      fc.property(fc.dictionary(name, fc.array(option)), (sections) => {
        const expected = new Map<string, Map<string, string>>();
        const lines = Object.entries(sections).flatMap(([section, options]) => {
          expected.set(section, new Map(options.map((one) => [one.name, one.value])));
          return [
            `[${section}]`,
            ...options.flatMap((one) => [...one.noise, `${one.name}${one.divider}${one.value}`]),
          ];
        });
        expect(parseIni('test.conf', lines.join('\n'))).toEqual(expected);
      }),
    );
  });
});
