import { describe, expect, it } from 'vitest';
import { givesVerdict, parseReloadVerdict } from '../../../../src/domain/haproxy/reload-verdict.ts';

describe('givesVerdict', () => {
  it.each([
    ['2.6.12-1+deb12u4', false],
    ['2.7.0', true],
    ['3.0.11-1+deb13u1', true],
    ['', false],
  ])('judges %j: %j', (version, expected) => {
    expect(givesVerdict(version)).toBe(expected);
  });
});

describe('parseReloadVerdict', () => {
  it('reads a success with the output of haproxy', () => {
    expect(parseReloadVerdict('Success=1\n--\n[NOTICE] one\n[NOTICE] two\n\n')).toEqual({
      isLoaded: true,
      output: '[NOTICE] one\n[NOTICE] two',
    });
  });

  it('reads a failure', () => {
    expect(parseReloadVerdict('Success=0\n--\n[ALERT] cannot bind\n')).toEqual({
      isLoaded: false,
      output: '[ALERT] cannot bind',
    });
  });

  it('reads a verdict without output', () => {
    expect(parseReloadVerdict('Success=0\n')).toEqual({ isLoaded: false, output: '' });
  });

  it('reads no other answer', () => {
    expect(parseReloadVerdict('The following commands are valid at this level:\n')).toBeUndefined();
  });
});
