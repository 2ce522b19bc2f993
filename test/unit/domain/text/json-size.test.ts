import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oversizeOfJson } from '../../../../src/domain/text/json-size.ts';

const LIMITS = { values: 10, levels: 3, names: 4 };
const oversize = (text: string, limits = LIMITS) => oversizeOfJson(Buffer.from(text), limits);

describe('a JSON text', () => {
  it.each([
    ['[1,1,1,1,1,1,1,1,1]', undefined],
    ['[1,1,1,1,1,1,1,1,1,1,1]', 'more than 10 values'],
    [`[${'{},'.repeat(10)}1]`, 'more than 10 values'],
    ['[[[1]]]', undefined],
    ['[[[[1]]]]', 'nested too deeply, more than 3 levels'],
    ['{"a":{"a":{"a":{"a":1}}}}', 'nested too deeply, more than 3 levels'],
    ['{"a":1,"b":1,"c":1,"d":1}', undefined],
    ['{"a":1,"b":1,"c":1,"d":1,"e":1}', 'an object with more than 4 names'],
    ['{"a":[1,2,3,4,5],"b":1}', undefined],
  ])('%s: %s', (text, words) => {
    expect(oversize(text)).toBe(words);
  });

  it.each(['"[[[[,,,,,,,,,,,,,"', '["\\"[[[[","\\\\",1]', '"\\\\\\"[[[["', '"[[[['])(
    '%s: the content of a string does not count',
    (text) => {
      expect(oversize(text)).toBeUndefined();
    },
  );

  it('has three dividers per value at most, and the depth of its values', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const limits = { values: 3 * partsOf(value), levels: depthOf(value), names: 1000 };
        expect(oversize(JSON.stringify(value), limits)).toBeUndefined();
        if (limits.levels === 0) return;
        const words = `nested too deeply, more than ${limits.levels - 1} levels`;
        expect(oversize(JSON.stringify(value), { ...limits, levels: limits.levels - 1 })).toBe(words);
      }),
    );
  });

  it('may be invalid', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[],"\\:1') }), (text) => {
        expect(['undefined', 'string']).toContain(typeof oversize(text));
      }),
    );
  });
});

const childrenOf = (value: unknown): unknown[] =>
  typeof value === 'object' && value !== null ? Object.values(value) : [];
const partsOf = (value: unknown): number =>
  childrenOf(value).reduce<number>((sum, child) => sum + partsOf(child), 1);
const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...childrenOf(value).map(depthOf)) : 0;
