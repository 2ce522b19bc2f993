import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readControllerAddress, readControllerList } from '../../../src/config/controller-list.ts';
import { Invalid } from '../../../src/config/invalid.ts';
import { strip } from '../../../src/config/oslo-ini.ts';

function read(text: string): { addresses: string[]; warnings: string[] } {
  const warnings: string[] = [];
  const list = readControllerList(text, (warning) => warnings.push(warning));
  return { addresses: list.map(({ host, port }) => `${host} ${port}`), warnings };
}

describe('an entry of the list of controllers', () => {
  it.each([
    ['192.0.2.1:5555', '192.0.2.1', 5555],
    ['[2001:db8::1]:5555', '2001:db8::1', 5555],
    ['2001:db8::1:5555', '2001:db8::1', 5555],
    ['::1:5555', '::1', 5555],
    ['[fe80::1%eth0]:5555', 'fe80::1%eth0', 5555],
    ['controller-1.example.org:1', 'controller-1.example.org', 1],
    ['localhost:65535', 'localhost', 65535],
  ])('%s is host %s and port %d', (entry, host, port) => {
    expect(readControllerAddress(entry)).toEqual({ host, port });
  });

  it.each([
    '',
    '192.0.2.1',
    '192.0.2.1:',
    '192.0.2.1:0',
    '192.0.2.1:65536',
    '192.0.2.1:+5',
    '192.0.2.1:5x',
    '192.0.2.256:5555',
    '192.0.2:5555',
    ':5555',
    '::1',
    '[::1]',
    '[192.0.2.1]:5555',
    '[]:5555',
    '2001:db8::::5555',
    'a b:5555',
    '-a:5555',
    'a..b:5555',
    'a\nb:5555',
  ])('%j is refused', (entry) => {
    expect(readControllerAddress(entry)).toBeInstanceOf(Invalid);
  });
});

describe('a list of controllers', () => {
  it('may be empty', () => {
    expect(read('')).toEqual({ addresses: [], warnings: [] });
  });

  it('keeps its order and repetitions, and may end with a comma', () => {
    expect(read(' b:2 , a:1,b:2, ').addresses).toEqual(['b 2', 'a 1', 'b 2']);
  });

  it('reports which entry is left out and why', () => {
    expect(read('192.0.2.1:1,192.0.2.2,,192.0.2.3:3')).toEqual({
      addresses: ['192.0.2.1 1', '192.0.2.3 3'],
      warnings: ['"192.0.2.2" is left out: it has no port', '"" is left out: it has no port'],
    });
  });

  it('keeps every valid entry beside invalid ones', () => {
    const port = fc.integer({ min: 1, max: 65535 });
    const good = fc.oneof(
      fc.tuple(fc.ipV4(), port).map(([host, at]) => ({ entry: `${host}:${at}`, address: `${host} ${at}` })),
      fc.tuple(fc.ipV6(), port).map(([host, at]) => ({ entry: `[${host}]:${at}`, address: `${host} ${at}` })),
    );
    const bad = fc
      .string({ minLength: 1 })
      .filter((text) => !text.includes(',') && strip(text) === text)
      .filter((text) => readControllerAddress(text) instanceof Invalid)
      .map((entry) => ({ entry, address: undefined }));
    fc.assert(
      fc.property(fc.array(fc.oneof(good, bad)), (entries) => {
        const { addresses, warnings } = read(entries.map(({ entry }) => entry).join(','));
        const expected = entries.flatMap(({ address }) => (address === undefined ? [] : [address]));
        expect(addresses).toEqual(expected);
        expect(warnings).toHaveLength(entries.length - expected.length);
      }),
    );
  });
});
