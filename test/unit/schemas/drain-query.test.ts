import { describe, expect, it } from 'vitest';
import { parseDrainQuery } from '../../../src/schemas/drain-query.ts';

describe('parseDrainQuery', () => {
  it('has a default for each parameter', () => {
    expect(parseDrainQuery({ timeout: undefined, cut: undefined })).toEqual({
      timeoutSeconds: 60,
      cut: false,
    });
  });

  it.each([
    ['1', 1],
    ['86400', 86_400],
  ])('takes a timeout of %s', (timeout, timeoutSeconds) => {
    expect(parseDrainQuery({ timeout, cut: 'true' })).toEqual({ timeoutSeconds, cut: true });
  });

  it.each(['0', '86401', '-1', '1.5', '1e3', '0x10', '', ' 5', '5s', '99999999999', 'soon'])(
    'refuses a timeout of "%s" and names the range',
    (timeout) => {
      expect(() => parseDrainQuery({ timeout, cut: undefined })).toThrow(
        /^timeout: must be a whole number from 1 to 86400 \(seconds\)$/,
      );
    },
  );

  it.each(['', 'yes', 'TRUE', '1'])('refuses a cut of "%s"', (cut) => {
    expect(() => parseDrainQuery({ timeout: '5', cut })).toThrow(/^cut: must be true or false$/);
  });

  it('names both faults', () => {
    expect(() => parseDrainQuery({ timeout: '0', cut: 'x' })).toThrow(/^timeout: .*\ncut: .*$/);
  });
});
