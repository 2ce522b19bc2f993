import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { fetchThroughVip } from '../../support/amphora/amphora-lab.ts';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';
import { md5 } from '../../support/md5.ts';
import { labListenerJson, labModel } from '../../support/models/lab-models.ts';
import { memberJson, poolJson } from '../../support/models/models.ts';

const MODEL = { accept: 'application/json' };

describe('a load balancer that is uploaded as a model', () => {
  const { world, amphora, ask, balancer, vip } = usePluggedAmphora();

  const target = () => `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`;
  const config = () => ask('GET', `/1.0/loadbalancer/${balancer.id}/haproxy`);
  const model = () => ask('GET', `/1.0/loadbalancer/${balancer.id}/haproxy`, { headers: MODEL });
  const files = async (): Promise<string> =>
    (await amphora.exec(['find', '/var/lib/octavia', '-path', `*${balancer.id}*`, '-printf', '%p %m %i\n']))
      .stdout;
  const withMember = (address: string) =>
    labModel(balancer, [
      labListenerJson(balancer, { default_pool: poolJson({ members: [memberJson({ address })] }) }),
    ]);

  it('serves like one that is uploaded as a text', async () => {
    const json = labModel(balancer);
    const answer = await ask('PUT', target(), { json });
    expect(answer).toMatchObject({ status: 202, body: '{"message":"OK"}' });
    expect(answer.headers['etag']).toBe(md5(JSON.stringify(json)));
    expect((await ask('PUT', `/1.0/loadbalancer/${balancer.id}/start`)).status).toBe(202);
    const answers = await Promise.all(Array.from({ length: 6 }, () => fetchThroughVip(world.lab, vip())));
    expect(new Set(answers).size).toBe(2);
    expect(answers).not.toContain(undefined);
    await world.healthManager.next(({ listeners }) => balancer.listenerId in listeners);
  });

  it('is returned as a text or as the model', async () => {
    const text = await config();
    expect(text.headers).toMatchObject({ 'content-type': 'text/plain; charset=UTF-8', etag: md5(text.body) });
    expect(text.body).toContain(`frontend ${balancer.listenerId}\n`);
    const answer = await model();
    expect(answer.json).toEqual(labModel(balancer));
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json', etag: md5(answer.body) });
    for (const accept of ['*/*', 'text/*', 'image/png', 'application/json;q=0.5, text/plain']) {
      const asked = await ask('GET', `/1.0/loadbalancer/${balancer.id}/haproxy`, { headers: { accept } });
      expect(asked.body).toBe(text.body);
    }
    const stored = await files();
    expect((await ask('PUT', target(), { json: answer.json })).status).toBe(202);
    expect((await config()).body).toBe(text.body);
    expect((await files()).split('\n')).toHaveLength(stored.split('\n').length);
  });

  it.each([
    [
      'of another load balancer',
      () => ({ ...labModel(balancer), loadbalancer_id: randomUUID() }),
      /^loadbalancer_id: does not match /,
    ],
    [
      'with a member that has no address',
      () => withMember('10.0.0.256'),
      /^listeners\[0\]\.default_pool\.members\[0\]\.address: not an IP address$/,
    ],
    [
      'for other amphorae',
      () => ({
        ...labModel(balancer),
        amphora: { topology: 'ACTIVE_STANDBY', peers: [{ amphora_id: randomUUID(), vrrp_ip: '10.0.1.12' }] },
      }),
      /^amphora\.peers: no peer has the id /,
    ],
    ['that is a list', () => [], /^model: not an object$/],
    ['that is nothing', () => null, /^model: not an object$/],
  ])('is refused %s, and nothing changes', async (_what, json, details) => {
    const before = await files();
    const answer = await ask('PUT', target(), { json: json() });
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({ message: 'Invalid request', details: expect.stringMatching(details) });
    expect(await files()).toBe(before);
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON'])(
    'is refused if its JSON is invalid (%s), and the answer quotes nothing of it',
    async (contentType) => {
      const before = await files();
      const answer = await ask('PUT', target(), {
        text: 'frontend secret\n',
        headers: { 'content-type': contentType },
      });
      expect(answer.status).toBe(400);
      expect(answer.json).toEqual({ message: 'Invalid request', details: 'body: not JSON' });
      expect(await files()).toBe(before);
    },
  );

  it('is refused if it is nested too deeply', async () => {
    const answer = await ask('PUT', target(), {
      text: `${'['.repeat(200_000)}${']'.repeat(200_000)}`,
      headers: { 'content-type': 'application/json' },
    });
    expect(answer).toMatchObject({
      status: 400,
      json: { details: 'body: nested too deeply, more than 40 levels' },
    });
  });

  it('shows with dry_run what it would change, and changes nothing', async () => {
    const before = await files();
    const other = await ask('PUT', `${target()}?dry_run=true`, { json: withMember('192.0.2.9') });
    expect(other.json).toMatchObject({ valid: true, details: expect.stringContaining('valid') });
    expect(other.json).toHaveProperty('diff', expect.stringMatching(/^\+ {4}server \S+ 192\.0\.2\.9:/m));
    const same = await ask('PUT', `${target()}?dry_run=true`, { json: labModel(balancer) });
    expect(same.json).toMatchObject({ valid: true, config: (await config()).body, diff: '' });
    const bad = await ask('PUT', `${target()}?dry_run=true`, { json: withMember('nowhere') });
    expect(bad.json).toMatchObject({ valid: false, config: '', diff: '' });
    expect(bad.json).toHaveProperty('details', expect.stringContaining('address: not an IP address'));
    expect(await files()).toBe(before);
    expect((await model()).json).toEqual(labModel(balancer));
  });

  it('is forgotten when a text replaces it, with any content type', async () => {
    const text = haproxyConfigText(balancer);
    for (const headers of [
      {},
      { 'content-type': 'application/x-www-form-urlencoded' },
      { 'content-type': 'text/json' },
    ]) {
      expect((await ask('PUT', target(), { json: labModel(balancer) })).status).toBe(202);
      expect((await ask('PUT', target(), { text, headers })).status).toBe(202);
      expect((await config()).body).toBe(text);
      expect(await model()).toMatchObject({
        status: 406,
        json: { message: 'Not Acceptable', details: 'No model: the configuration was uploaded as a text' },
      });
      expect(await files()).not.toContain(`haproxy.cfg.model.${md5(text)}`);
    }
    const accept = 'application/json, text/plain;q=0.5';
    const asked = await ask('GET', `/1.0/loadbalancer/${balancer.id}/haproxy`, { headers: { accept } });
    expect(asked.body).toBe(text);
  });

  it('is still the stored one after an upload that haproxy refuses', async () => {
    await ask('PUT', target(), { json: labModel(balancer) });
    expect((await ask('PUT', target(), { text: 'frontend x\n  bogus\n' })).status).toBe(400);
    expect((await model()).json).toEqual(labModel(balancer));
  });

  it('is deleted with all its files', async () => {
    expect((await ask('DELETE', `/1.0/listeners/${balancer.id}`)).status).toBe(200);
    expect(await files()).toBe('');
    expect((await model()).status).toBe(404);
  });

  it('is a listener in API 0.5', async () => {
    const id = balancer.listenerId;
    const path = `/0.5/listeners/${amphora.id}/${id}/haproxy`;
    const json = { ...labListenerJson(balancer), vip_address: vip() };
    expect((await ask('PUT', path, { json: { ...json, listener_id: randomUUID() } })).json).toMatchObject({
      details: `listener_id: does not match ${id} in the request's path`,
    });
    expect(
      (await ask('PUT', path, { json: { ...json, protocol: 'UDP', default_pool: null } })).json,
    ).toMatchObject({
      details: 'protocol: haproxy does not serve UDP',
    });
    expect(await ask('PUT', path, { json })).toMatchObject({ status: 202 });
    expect((await ask('PUT', `/0.5/listeners/${id}/start`)).status).toBe(202);
    expect(await fetchThroughVip(world.lab, vip())).toBeDefined();
    expect((await ask('GET', `/0.5/listeners/${id}/haproxy`, { headers: MODEL })).json).toEqual(json);
    await ask('DELETE', `/0.5/listeners/${id}`);
  });
});
