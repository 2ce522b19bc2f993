import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { createLooks } from '../../../../src/operations/health/looks.ts';

const LIMIT_MS = 10;

describe('looks at parts of the amphora', () => {
  const looks = () => createLooks({ logger: pino({ level: 'silent' }) }, LIMIT_MS);

  it('find what is there', async () => {
    const all = looks();
    expect(await all.at('the disks', async () => 7, 0)).toBe(7);
    expect(all.unread()).toEqual([]);
  });

  it('go on when one fails or hangs, and name both', async () => {
    const all = looks();
    const found = await Promise.all([
      all.at('the interfaces', () => new Promise<string>(() => undefined), 'none'),
      all.at('the disks', () => Promise.reject(new Error('ENOENT: no such file')), 'none'),
    ]);
    expect(found).toEqual(['none', 'none']);
    expect(all.unread()).toEqual([
      { what: 'the disks', fault: 'ENOENT: no such file' },
      { what: 'the interfaces', fault: 'it takes longer than 0.01 s' },
    ]);
  });
});
