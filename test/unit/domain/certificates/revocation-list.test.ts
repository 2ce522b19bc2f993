import { describe, expect, it } from 'vitest';
import { readRevocationList } from '../../../../src/domain/certificates/revocation-list.ts';
import { NO_REVOCATIONS, REVOCATIONS } from '../../../support/certificates/shown-certificates.ts';

const DATES = {
  lastUpdate: Date.parse('2026-11-28T20:18:03Z'),
  nextUpdate: Date.parse('2026-12-28T20:18:03Z'),
};

/** An element of DER with a short length. */
const der = (tag: number, ...parts: readonly (Buffer | string)[]): Buffer => {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from([tag, content.length]), content]);
};
const list = (...parts: readonly Buffer[]): string =>
  der(0x30, der(0x30, der(0x30), der(0x30), ...parts), der(0x30), der(0x03)).toString('base64');
const serial = (hexadecimal: string): Buffer => der(0x30, der(0x02, Buffer.from(hexadecimal, 'hex')));

describe('readRevocationList', () => {
  it('reads lists that OpenSSL made', () => {
    expect(readRevocationList(REVOCATIONS)).toEqual({ ...DATES, serials: ['1'] });
    expect(readRevocationList(NO_REVOCATIONS)).toEqual({ ...DATES, serials: [] });
  });

  it('reads a list of the next century, without the date of the next one', () => {
    const text = list(der(0x18, '20510203040506Z'), der(0x30, serial('00ff01'), serial('0a')));
    expect(readRevocationList(text)).toEqual({
      lastUpdate: Date.parse('2051-02-03T04:05:06Z'),
      nextUpdate: undefined,
      serials: ['A', 'FF01'],
    });
  });

  it.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['a list without dates', list(der(0x30))],
    ['an entry without a serial number', list(der(0x17, '260203040506Z'), der(0x30, der(0x30)))],
    ['a list that is cut off', REVOCATIONS.split('\n').slice(0, 2).join('\n')],
  ])('refuses %s', (_, text) => {
    expect(readRevocationList(text)).toBeUndefined();
  });
});
