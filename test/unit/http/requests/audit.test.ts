import { createHash } from 'node:crypto';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import type { AuditedRequest } from '../../../../src/domain/audit/audit-line.ts';
import { AMPHORA, createTestApp } from '../../../support/http/test-app.ts';

const LB = '5f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';
const MODEL = '{"secret":"canary"';
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('the audit of requests', () => {
  const audited = async (
    authority: 'controller' | 'monitor',
    send: (app: ReturnType<typeof createTestApp>) => PromiseLike<unknown>,
  ): Promise<AuditedRequest[]> => {
    const audits: AuditedRequest[] = [];
    await send(createTestApp({}, '', authority, audits));
    return audits;
  };

  it('has the digest and the size of the body, the path without its query, and the result', async () => {
    const path = `/1.0/loadbalancer/${AMPHORA}/${LB}/haproxy`;
    const [one, ...others] = await audited('controller', (app) =>
      request(app).put(`${path}?dry_run=true`).set('Content-Type', 'application/json').send(MODEL),
    );
    expect(others).toEqual([]);
    expect(one).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      client: { authority: 'controller' },
      ...{ method: 'PUT', path, dryRun: true, status: 400 },
      body: { bytes: MODEL.length, sha256: digest(MODEL) },
      milliseconds: expect.any(Number),
    });
    expect(JSON.stringify(one)).not.toContain('canary');
  });

  it.each(['put', 'post', 'delete'] as const)('has each %s, also one to an unknown path', async (method) => {
    const found = await audited('controller', (app) => request(app)[method]('/nothing'));
    expect(found).toMatchObject([{ method: method.toUpperCase(), path: '/nothing', status: 404 }]);
    expect(found[0]).not.toHaveProperty('body');
  });

  it.each(['get', 'head', 'options'] as const)('has no %s of a controller', async (method) => {
    expect(await audited('controller', (app) => request(app)[method]('/1.0/nothing'))).toEqual([]);
  });

  it('has each request that a client for monitoring has no right to, and none of its reads', async () => {
    const client = { authority: 'monitor' };
    const get = await audited('monitor', (app) => request(app).get('/1.0/info'));
    expect(get).toMatchObject([{ client, method: 'GET', path: '/1.0/info', status: 403 }]);
    const put = await audited('monitor', (app) => request(app).put('/1.0/config').send('text'));
    expect(put).toMatchObject([{ client, method: 'PUT', path: '/1.0/config', status: 403 }]);
    expect(put[0]).not.toHaveProperty('body');
    expect(await audited('monitor', (app) => request(app).get('/openapi.json'))).toEqual([]);
  });

  it.each(['get', 'head'] as const)('has each %s of a capture, also a refused one', async (method) => {
    const found = await audited('controller', (app) =>
      request(app)[method]('/capture?interface=eth1&seconds=0'),
    );
    expect(found).toMatchObject([{ method: method.toUpperCase(), path: '/capture', status: 400 }]);
    expect(found[0]).not.toHaveProperty('capture');
  });

  it('cuts long paths', async () => {
    const [one] = await audited('controller', (app) => request(app).put(`/${'x'.repeat(5000)}`));
    expect(one?.path).toHaveLength(500);
  });
});
