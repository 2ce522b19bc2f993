import { describe, expect, it } from 'vitest';
import { searchPath } from '../../../src/domain/search-path.ts';

const SYSTEM = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

describe('the PATH of the programs that the agent starts', () => {
  it.each([
    ['no environment at all', [], undefined, SYSTEM],
    ['an empty PATH', [], '', SYSTEM],
    [
      'a login without /usr/sbin',
      [],
      '/opt/bin:/usr/bin',
      '/opt/bin:/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin:/bin',
    ],
    ['directories of its own, which come first', ['/own'], '/opt/bin', `/own:/opt/bin:${SYSTEM}`],
    ['one directory twice', ['/own'], `/own:${SYSTEM}`, `/own:${SYSTEM}`],
    ['entries that mean the working directory', [], ':.:bin:/opt/bin', `/opt/bin:${SYSTEM}`],
  ])('with %s', (_what, own, inherited, expected) => {
    expect(searchPath(own, inherited)).toBe(expected);
  });
});
