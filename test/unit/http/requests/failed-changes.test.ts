import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { failedChangeLines, failedChangesStatus } from '../../../../src/domain/health/failed-changes.ts';
import { createRecentEvents, type FailedChange } from '../../../../src/domain/recent-events.ts';
import { AMPHORA, createTestApp } from '../../../support/http/test-app.ts';

const LB = '5f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';
const UPLOAD = `/1.0/loadbalancer/${AMPHORA}/${LB}/haproxy`;

describe('the failed changes of the status', () => {
  const kept = async (
    send: (app: ReturnType<typeof createTestApp>) => PromiseLike<unknown>,
    authority: 'controller' | 'monitor' = 'controller',
  ): Promise<readonly FailedChange[]> => {
    const recent = createRecentEvents(
      () => Promise.resolve([]),
      () => Promise.resolve([]),
    );
    await send(createTestApp({ recent }, '', authority));
    return recent.failedChanges.entries();
  };

  it('have a refused upload with its reason', async () => {
    const [one, ...others] = await kept((app) =>
      request(app).put(UPLOAD).set('Content-Type', 'application/json').send('{"listeners":'),
    );
    expect(others).toEqual([]);
    expect(one).toMatchObject({ method: 'PUT', path: UPLOAD, status: 400, client: undefined });
    expect(one?.reason).toMatch(/JSON/);
  });

  it('have no reads, no dry runs, and nothing of a client for monitoring', async () => {
    expect(await kept((app) => request(app).get('/1.0/info'))).toEqual([]);
    expect(await kept((app) => request(app).head('/metrics/members'))).toEqual([]);
    expect(await kept((app) => request(app).put(`${UPLOAD}?dry_run=true`).send('{'))).toEqual([]);
    expect(await kept((app) => request(app).put(UPLOAD).send('{'), 'monitor')).toEqual([]);
  });

  it('show the newest first, without secrets, and keep beginning and end of a long reason', () => {
    const { failedChanges } = createRecentEvents(
      () => Promise.resolve([]),
      () => Promise.resolve([]),
    );
    for (let at = 0; at < 30; at += 1) {
      const reason = `begin ${'x'.repeat(5000)} secret\nrolled back to 1\n`;
      failedChanges.add({ at, method: 'PUT', path: '/x', status: 500, client: 'CN=controller', reason });
    }
    const shown = failedChangesStatus(failedChanges.entries(), (text) => text.replace('secret', '<hidden>'));
    expect(shown).toHaveLength(20);
    expect(shown[0]).toMatchObject({ time: '1970-01-01T00:00:00.029Z', client: 'CN=controller' });
    const [head, ...lines] = failedChangeLines(shown.slice(0, 1));
    expect(head).toBe('failed change: 1970-01-01T00:00:00.029Z PUT /x by CN=controller: 500');
    expect(lines.at(0)).toMatch(/^ {2}begin x/);
    expect(lines.at(-2)).toMatch(/x <hidden>$/);
    expect(lines.at(-1)).toBe('  rolled back to 1');
  });
});
