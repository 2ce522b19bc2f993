import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUuid, loadBalancerId } from '../../../src/domain/ids.ts';
import { InvalidInput } from '../../../src/errors.ts';

describe('ids', () => {
  it('accepts every UUID in its spelling', () => {
    fc.assert(fc.property(fc.uuid(), (id) => loadBalancerId(id) === id));
  });

  it.each([
    '',
    '..',
    '../../etc/passwd',
    '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f/..',
    '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f\n',
    '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f\0',
    ' 3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f',
    '3f2b4a866f2f4a6e9d1c0a5b6c7d8e9f',
    'x'.repeat(65_536),
  ])('refuses %j', (text) => {
    expect(() => loadBalancerId(text)).toThrow(InvalidInput);
  });

  it('accepts no character that has a meaning in a path, a unit name or a configuration line', () => {
    fc.assert(fc.property(fc.string(), (text) => !isUuid(text) || /^[0-9a-fA-F-]{36}$/.test(text)));
  });
});
