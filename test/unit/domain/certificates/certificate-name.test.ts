import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { certificateName } from '../../../../src/domain/certificates/certificate-name.ts';
import { InvalidInput } from '../../../../src/errors.ts';

const accepted = (text: string): string | undefined => {
  try {
    return certificateName(text);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInput);
    return undefined;
  }
};

describe('the name of a certificate', () => {
  it.each([
    'c6a1bb8b25ca9a2e8c2ae8f2a3d5c9f0e2b3a4d5.pem',
    '5f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f.pem',
    'a.pem',
    'www.example.org.pem',
    `${'x'.repeat(251)}.pem`,
  ])('may be %s', (name) => {
    expect(certificateName(name)).toBe(name);
  });

  it('always names one visible file of its directory', () => {
    const parts = fc.constantFrom(
      '.',
      '..',
      '/',
      '\\',
      '\0',
      '\n',
      'a',
      '-',
      '_',
      '.pem',
      'pem',
      '%2f',
      'é',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 6 }), (words) => {
        const name = accepted(words.join(''));
        if (name === undefined) return;
        expect(path.dirname(path.join('/certs/LB', name))).toBe('/certs/LB');
        expect(name).toMatch(/^[^.].*\.pem$/);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
        expect(name).not.toMatch(/[\x00-\x1f/\\ ]/);
      }),
      { numRuns: 2000 },
    );
  });
});
