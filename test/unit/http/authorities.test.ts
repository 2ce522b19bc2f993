import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { monitoringRoutes, places, route } from '../../../src/http/routes/route.ts';
import { ROUTES } from '../../../src/http/routes/routes.ts';
import { createTestApp } from '../../support/http/test-app.ts';

const METHODS = ['get', 'head', 'put', 'post', 'delete', 'options', 'patch'] as const;
const ID = '5f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';
const VALUES: Readonly<Record<string, string>> = {
  vip: '10.0.0.1',
  address: '10.0.0.1',
  action: 'start',
  name: 'x.pem',
};
const filled = (path: string): string => path.replaceAll(/:(\w+)/g, (_, name: string) => VALUES[name] ?? ID);

const open = new Set(['/', '/openapi.json', ...monitoringRoutes(ROUTES).map(({ path }) => path)]);
const paths = [
  ...new Set([
    ...open,
    ...ROUTES.flatMap((one) => places(one).map(({ prefix }) => filled(prefix + one.path))),
  ]),
];
const others = [
  '/nothing',
  '/1.0',
  '/1.0/',
  '/metrics/',
  '/1.0/metrics',
  '/METRICS',
  '/metrics/x',
  '/%6detrics',
];

describe('a client of agent_monitor_ca', () => {
  const app = createTestApp({}, '', 'monitor');

  it.each([...paths, ...others])('may only read what is marked: %s', async (path) => {
    for (const method of METHODS) {
      const { status, body } = await request(app)[method](path);
      const isOpen = open.has(path) && (method === 'get' || method === 'head');
      expect([method, status === 403]).toEqual([method, !isOpen]);
      if (isOpen || method === 'head') continue;
      expect(body).toMatchObject({ error: expect.stringMatching(/^403 Forbidden: /), http_code: 403 });
      expect(body.details).toBe(
        `no authority in the file of agent_server_ca has signed the certificate: a client of agent_monitor_ca may only GET and HEAD ${[...open].toSorted().join(', ')}`,
      );
    }
  });

  it('may read paths with doubled slashes and in absolute form, as controllers may', async () => {
    expect((await request(app).get('//openapi.json')).status).toBe(200);
    expect((await request(app).get('//1.0//info')).status).toBe(403);
  });
});

describe('a client of agent_server_ca', () => {
  const app = createTestApp();

  it.each([...paths, ...others])('is never refused for its certificate: %s', async (path) => {
    for (const method of METHODS) {
      // the host of this application does nothing: an answer that is made while it is sent is cut off
      const status = await request(app)
        [method](path)
        .then((answer) => answer.status)
        .catch(() => 'cut off');
      expect([method, status]).not.toEqual([method, 403]);
    }
  });
});

describe('the mark for monitoring', () => {
  it('opens no route that changes anything', () => {
    const answer = async () => ({ status: 200, body: {} });
    const marked = (methods: readonly ('GET' | 'PUT')[]) => ({
      ...route('none', methods, '/x', { summary: 'x' }, answer),
      authority: 'monitor' as const,
    });
    expect(monitoringRoutes([marked(['PUT'])])).toEqual([]);
    expect(monitoringRoutes([marked(['GET', 'PUT'])])).toEqual([]);
    expect(monitoringRoutes([marked(['GET'])])).toHaveLength(1);
  });

  it('is on the routes for probes and metrics', () => {
    expect([...open]).toEqual(expect.arrayContaining(['/livez', '/readyz', '/metrics']));
  });

  it('is not on the routes of histories, rollbacks, drains and the traffic of members', () => {
    const closed = ROUTES.filter(({ path }) => /history|rollback|drain|statistics/.test(path));
    expect(closed.map(({ path, authority }) => [path, authority])).toEqual(
      closed.map(({ path }) => [path, 'controller']),
    );
    expect(closed.length).toBeGreaterThanOrEqual(6);
  });
});
