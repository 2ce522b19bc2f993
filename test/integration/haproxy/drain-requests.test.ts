import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { useDrainScene } from '../../support/haproxy/drain-scene.ts';

const { ask, ONE, act, atDrain, drain, adminStates, files } = useDrainScene();

describe('a request for a drain', () => {
  it.each([
    ['?timeout=0', 'timeout: must be a whole number from 1 to 86400 (seconds)'],
    ['?timeout=86401', 'timeout: must be a whole number from 1 to 86400 (seconds)'],
    ['?timeout=soon', 'timeout: must be a whole number from 1 to 86400 (seconds)'],
    ['?timeout=5&timeout=6', 'timeout: must occur once'],
    ['?cut=yes', 'cut: must be true or false'],
    ['?dry_run=true', 'dry_run: this request has no dry run'],
  ])('with %s is refused, and changes nothing', async (query, details) => {
    const refused = await drain(ONE, query);
    expect([refused.status, refused.json]).toEqual([400, { message: 'Invalid request', details }]);
    expect(await adminStates()).toEqual(['0', '0']);
  });

  it.each(['POST', 'GET', 'DELETE'] as const)(
    '(%s) of an unknown object is answered with 404',
    async (method) => {
      const member = randomUUID();
      const unknown = await ask(method, atDrain(member));
      expect([unknown.status, unknown.json]).toEqual([
        404,
        { message: 'Member Not Found', details: `No member with UUID: ${member}` },
      ]);
      const id = randomUUID();
      const nowhere = await ask(method, `/loadbalancer/${id}/members/${ONE}/drain`);
      expect([nowhere.status, nowhere.json]).toEqual([
        404,
        { message: 'Loadbalancer Not Found', details: `No loadbalancer with UUID: ${id}` },
      ]);
    },
  );

  it.each(['%0a@1%20show%20info', 'a;b', '..%2f..', '%00'])(
    'never sends the name %s to haproxy',
    async (member) => {
      expect((await drain(member)).status).toBe(404);
      expect(await adminStates()).toEqual(['0', '0']);
    },
  );

  it('needs a running haproxy', async () => {
    await drain(ONE);
    await act('stop');
    for (const method of ['POST', 'GET', 'DELETE'] as const) {
      const stopped = await ask(method, atDrain(ONE));
      expect([stopped.status, stopped.json]).toMatchObject([409, { message: 'Load balancer not running' }]);
    }
    expect(await files()).not.toContain('drains.json');
  });

  it('is served without a version only', async () => {
    expect((await ask('GET', `/1.0${atDrain(ONE)}`)).status).toBe(404);
    expect((await ask('PUT', atDrain(ONE))).status).toBe(405);
  });
});
