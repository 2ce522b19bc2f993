import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { curlLine, shellWord } from '../../../sandbox/controller/controller.ts';
import type { Pki } from '../../../sandbox/controller/pki.ts';

const pki: Pki = {
  directory: '/d',
  serverAuthority: { certificate: '/d/server-ca.pem', key: '/d/server-ca-key.pem' },
  clientAuthority: { certificate: '/d/client-ca.pem', key: '/d/client-ca-key.pem' },
  client: '/d/client.pem',
};
const CERTIFICATES = 'curl --cacert /d/server-ca.pem --cert /d/client.pem';

test('a printed curl line is read back by a shell word by word', () => {
  const words = fc.array(
    fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replaceAll('\0', '')),
    {
      minLength: 1,
      maxLength: 20,
    },
  );
  fc.assert(
    fc.property(words, (list) => {
      const script = `printf '%s\\0' ${list.map(shellWord).join(' ')}`;
      const read = execFileSync('sh', ['-c', script], { encoding: 'buffer' }).toString('utf8');
      const expected = list.map((word) => Buffer.from(word, 'utf8').toString('utf8'));
      expect(read.split('\0').slice(0, -1)).toEqual(expected);
    }),
    { numRuns: 30 },
  );
});

test('a printed curl line leaves out the method that curl chooses by itself', () => {
  const line = (method: 'GET' | 'POST' | 'PUT' | 'HEAD' | 'DELETE', json?: object): string =>
    curlLine({ method, path: '/x', ...(json && { json }) }, 'https://h:1', pki);
  expect(line('GET')).toBe(`${CERTIFICATES} https://h:1/x`);
  expect(line('PUT')).toBe(`${CERTIFICATES} -X PUT https://h:1/x`);
  expect(line('DELETE')).toBe(`${CERTIFICATES} -X DELETE https://h:1/x`);
  expect(line('HEAD')).toBe(`${CERTIFICATES} --head https://h:1/x`);
  expect(line('POST', { a: 1 })).toBe(
    `${CERTIFICATES} -H 'Content-Type: application/json' --data '{"a":1}' https://h:1/x`,
  );
  expect(line('PUT', {})).toContain('-X PUT');
});

test('a printed curl line sends an uploaded file byte by byte', () => {
  const line = curlLine({ method: 'PUT', path: '/x', file: '/d/haproxy.cfg' }, 'https://h:1', pki);
  expect(line).toBe(`${CERTIFICATES} --data-binary @/d/haproxy.cfg -X PUT https://h:1/x`);
});
