import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  broadcastOf,
  contains,
  explode,
  netmaskOf,
  networkOf,
  readAddress,
  readNetwork,
  readNetworkLoosely,
} from '../../../../src/domain/network/addresses.ts';

const anyText = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.string(),
  fc
    .array(fc.constantFrom('0', '1', 'f', ':', '::', '.', '010', '0x1', '1.2.3.4', '%e', '256', 'ffff'), {
      maxLength: 9,
    })
    .map((parts) => parts.join('')),
);

describe('the parser of addresses', () => {
  it('accepts the same addresses as Node, except for zones', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect('value' in readAddress(text)).toBe(isIP(text) !== 0 && !text.includes('%'));
      }),
      { numRuns: 2000 },
    );
  });

  it('returns one form for every spelling, and the full form leads back to it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const reading = readAddress(text);
        if ('problem' in reading) throw new Error(reading.problem);
        expect(readAddress(explode(reading.value))).toEqual(reading);
        expect(readAddress(text.toUpperCase())).toEqual(reading);
      }),
    );
  });

  it.each([
    'x',
    '',
    '10.0.0.010',
    '0x7f.1',
    '127.1',
    'fe80::1%eth0',
    '10.0.0.1/24',
    ' 10.0.0.1',
    '::0x1.2.3.4',
  ])('refuses %j with the message that controllers know', (text) => {
    expect(readAddress(text)).toEqual({
      problem: `'${text}' does not appear to be an IPv4 or IPv6 address`,
    });
  });
});

describe('the parser of networks', () => {
  it('reads an address without a length as a network of one address', () => {
    expect(readNetwork('10.0.0.1')).toEqual({ value: '10.0.0.1/32' });
    expect(readNetwork('FD00::1')).toEqual({ value: 'fd00::1/128' });
  });

  it.each(['10.90.0.5/24', 'fd00::5/64'])('refuses host bits in %s', (text) => {
    expect(readNetwork(text)).toEqual({ problem: `${text} has host bits set` });
  });

  it('clears host bits on request', () => {
    expect(readNetworkLoosely('10.90.0.5/24')).toEqual({ value: '10.90.0.0/24' });
    expect(readNetworkLoosely('fd00:0:0:0::5/64')).toEqual({ value: 'fd00::/64' });
  });

  it.each([
    'junk',
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.0/ 8',
    '/8',
  ])('refuses %j', (text) => {
    expect(readNetwork(text)).toEqual({
      problem: `'${text}' does not appear to be an IPv4 or IPv6 network`,
    });
  });

  it('contains every address that its prefix covers', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), (address, length) => {
        expect(contains(networkOf(address, length), address)).toBe(true);
      }),
    );
    expect(contains('10.90.0.0/24', '10.90.1.0')).toBe(false);
    expect(contains('0.0.0.0/0', '::1')).toBe(false);
  });
});

it('an IPv6 address or network can be written in full', () => {
  expect(explode('fd00::10')).toBe('fd00:0000:0000:0000:0000:0000:0000:0010');
  expect(explode('fd00::/64')).toBe('fd00:0000:0000:0000:0000:0000:0000:0000/64');
  expect(explode('10.0.0.1')).toBe('10.0.0.1');
});

it('an IPv4 network has a netmask and a broadcast address', () => {
  expect([netmaskOf('172.16.0.0/20'), broadcastOf('172.16.0.0/20')]).toEqual([
    '255.255.240.0',
    '172.16.15.255',
  ]);
});
