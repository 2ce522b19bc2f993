import fc from 'fast-check';

/** Makes texts that break out of careless configurations, and any others. */
const sayable = fc.oneof(
  fc.constantFrom(
    ...[
      'a b',
      "it's",
      '"x"',
      '\\',
      '\\\\',
      'a\\',
      '#',
      'a#b',
      '$HOME',
      '$' + '{HOME}',
      '%[src]',
      '%',
      '%%',
      '-i',
      '--',
    ],
    ...[
      '-f /etc/passwd',
      '<&>',
      'a,b',
      ')',
      '("',
      '{',
      '}',
      '!',
      'é中😀',
      ' ',
      "'\"\\'",
      '`',
      '~',
      'if TRUE',
      '}{ || a',
    ],
  ),
  fc.string({ minLength: 1, maxLength: 12 }),
  fc.string({ minLength: 250, maxLength: 2000 }),
);
const unsayable = fc.oneof(
  fc.constantFrom('\u0000', 'a\nbind :1', 'a\r\nb', '\t', '\ud800', '\u001b[0m'),
  fc.string({ minLength: 1, maxLength: 12, unit: 'binary' }),
  fc.string({ minLength: 2049, maxLength: 2100 }),
);

/** The number of valid values per invalid one; most documents are valid with it. */
const RARELY = 60;
export const mostly = <T, U>(good: fc.Arbitrary<T>, bad: fc.Arbitrary<U>): fc.Arbitrary<T | U> =>
  fc.oneof({ weight: RARELY, arbitrary: good }, { weight: 1, arbitrary: bad });
export const anything = fc.oneof(sayable, unsayable);
export const nasty = mostly(sayable, unsayable);

/** Makes regular expressions that PCRE accepts, with any characters. */
export const regex = fc
  .tuple(fc.constantFrom('', '^', '(?:a|b)*', '[#$ "]'), nasty, fc.constantFrom('', '$', '+', '{1,3}'))
  .map(([before, literal, after]) => `${before}${literal.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}${after}`);

export const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null | undefined> =>
  fc.oneof(arbitrary, fc.constantFrom(null, undefined));

export const token = mostly(fc.stringMatching(/^[\w!#$%&'*+.^`|~-]{1,20}$/), anything);
