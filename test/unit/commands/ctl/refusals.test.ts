import { describe, expect, it } from 'vitest';
import { refusedOf } from '../../../../src/commands/ctl/refusals.ts';

const ASKED = { method: 'GET', path: '/drift?x=1', headers: {} };
const NOT_FOUND = { error: '404 Not Found: The requested URL was not found on the server.', http_code: 404 };

describe('the reason of a refusal', () => {
  it.each([
    [404, NOT_FOUND, 'this agent does not know GET /drift: it is older than this command'],
    [
      404,
      { message: 'Loadbalancer Not Found', details: 'No loadbalancer with UUID: x' },
      '404 Loadbalancer Not Found: No loadbalancer with UUID: x',
    ],
    [409, { message: 'Nothing to roll back to', details: 'damaged' }, '409 Nothing to roll back to: damaged'],
    [403, { error: '403 Forbidden: no right', http_code: 403 }, '403 Forbidden: no right'],
    [500, 'no JSON', '500 "no JSON"'],
  ])('of status %i is a sentence', (status, body, expected) => {
    expect(refusedOf({ ...ASKED, status, body: JSON.stringify(body) })).toBe(expected);
  });

  it('says when to try again', () => {
    const body = JSON.stringify({ error: '429 Too Many Requests', details: 'an archive is being made' });
    expect(refusedOf({ ...ASKED, headers: { 'retry-after': '30' }, status: 429, body })).toBe(
      'an archive is being made (try again in 30 s)',
    );
  });

  it('is the body if that is no JSON', () => {
    expect(refusedOf({ ...ASKED, status: 502, body: '<html>' })).toBe('502 <html>');
  });
});
