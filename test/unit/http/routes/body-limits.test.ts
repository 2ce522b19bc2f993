import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { AMPHORA as AMP, createTestApp } from '../../../support/http/test-app.ts';

const LB = '5f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';

const app = createTestApp();

describe('a request body', () => {
  it.each([
    ['a configuration', `/1.0/loadbalancer/${AMP}/${LB}/haproxy`, 16, 'text/plain'],
    ['a model', `/1.0/loadbalancer/${AMP}/${LB}/haproxy`, 8, 'application/json'],
    ['a dry run', `/1.0/loadbalancer/${AMP}/${LB}/haproxy?dry_run=true`, 3, 'text/plain'],
    ["the agent's own configuration", '/1.0/config', 1, 'text/plain'],
    ["the agent's own certificate", '/1.0/certificate', 1, 'text/plain'],
  ])('with %s to %s of more than %i MiB gets 413', async (_what, path, mebibytes, type) => {
    const response = await request(app)
      .put(path)
      .set('Content-Type', type)
      .send('x'.repeat(mebibytes * 1024 * 1024 + 1));
    expect(response.status).toBe(413);
  });

  it.each([
    ['/1.0/vrrp/upload', '\n'.repeat(200_001), 'body: more than 200000 lines'],
    ['/1.0/config', 'x'.repeat(70_000), 'body: line 1 is longer than 65536 bytes'],
  ])('that is hard to read gets 400 from %s', async (path, text, details) => {
    const response = await request(app).put(path).set('Content-Type', 'text/plain').send(text);
    expect([response.status, response.body.details]).toEqual([400, details]);
  });
});
