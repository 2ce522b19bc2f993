import { describe, expect, it } from 'vitest';
import { useAmphoraLab } from '../../support/amphora/use-lab.ts';
import { lvsConfigText } from '../../support/keepalived/lvs-examples.ts';
import { md5 } from '../../support/md5.ts';
import { exampleId, LISTENER, listenerJson, memberJson, poolJson } from '../../support/models/models.ts';

const MODEL = { accept: 'application/json' };

describe('a keepalived configuration', () => {
  const { amphora, ask } = useAmphoraLab({ members: 0 });

  const stored = async (): Promise<string> =>
    (await amphora.exec(['sh', '-c', 'find /var/lib/octavia/lvs /var/lib/octavia/vrrp -type f | sort']))
      .stdout;

  describe.each(['1.0', '0.5'])('of a UDP listener that is uploaded as a model over API %s', (version) => {
    const path = () => `/${version}/listeners/${amphora.id}/${LISTENER}/udp_listener`;
    const config = `/${version}/listeners/${LISTENER}/udp_listener`;
    const json = listenerJson({
      protocol: 'UDP',
      protocol_port: 53,
      vip_address: '10.0.0.10',
      default_pool: poolJson({
        protocol: 'UDP',
        members: [memberJson(), memberJson({ member_id: exampleId(4, 1), address: '10.0.5.12' })],
      }),
    });

    it('is rendered and stored like a text', async () => {
      const tried = await ask('PUT', `${path()}?dry_run=true`, { json });
      const answer = await ask('PUT', path(), { json });
      expect(answer).toMatchObject({ status: 200, body: '{"message":"OK"}' });
      expect(answer.headers['etag']).toBe(md5(JSON.stringify(json)));
      const text = (await ask('GET', config)).body;
      expect(text).toContain(`# Configuration for Listener ${LISTENER}\n`);
      expect(text).toContain('real_server 10.0.5.12 8080 {');
      expect(tried.json).toMatchObject({ valid: true, config: text });
      expect((await ask('GET', '/1.0/listeners')).json).toMatchObject([{ uuid: LISTENER, type: 'UDP' }]);
    });

    it('is returned as the model until a text replaces it', async () => {
      const answer = await ask('GET', config, { headers: MODEL });
      expect(answer.json).toEqual(json);
      expect(answer.headers['etag']).toBe(md5(answer.body));
      await ask('PUT', path(), { text: lvsConfigText({ listener: LISTENER }) });
      expect((await ask('GET', config, { headers: MODEL })).status).toBe(406);
      expect(await stored()).not.toContain('.json');
    });

    it.each([
      [
        'of another listener',
        { listener_id: exampleId(2, 7) },
        `listener_id: does not match ${LISTENER} in the request's path`,
      ],
      ['for haproxy', { protocol: 'TCP', default_pool: null }, 'protocol: must be UDP or SCTP'],
      ['without a VIP', { vip_address: null }, 'vip_address: not a string'],
    ])('is refused if it is %s, and nothing changes', async (_what, fields, details) => {
      const before = await stored();
      const answer = await ask('PUT', path(), { json: { ...json, ...fields } });
      expect(answer).toMatchObject({ status: 400, json: { message: 'Invalid request', details } });
      expect(await stored()).toBe(before);
    });

    it('is removed with its model when it is deleted', async () => {
      await ask('PUT', path(), { json });
      expect(await stored()).toContain('.json');
      await ask('DELETE', `/${version}/listeners/${LISTENER}`);
      expect(await stored()).not.toContain(LISTENER);
    });
  });

  describe.each(['1.0', '0.5'])('of VRRP that is uploaded as a model over API %s', (version) => {
    const path = `/${version}/vrrp/upload`;
    const file = '/var/lib/octavia/vrrp/octavia-keepalived.conf';
    const json = {
      instance: 'VI_1',
      priority: 100,
      auth_type: 'PASS',
      auth_pass: 'secret12',
      unicast_src_ip: '10.0.1.11',
      unicast_peers: ['10.0.1.12'],
      vips: [{ ip_address: '10.0.1.100', subnet_cidr: '10.0.1.0/24', gateway: '10.0.1.1' }],
    };

    it('is rendered and stored like a text, and its password is never shown', async () => {
      const answer = await ask('PUT', path, { json });
      expect(answer).toMatchObject({ status: 200, body: '{"message":"OK"}' });
      expect(answer.headers['etag']).toBe(md5(JSON.stringify(json)));
      const text = await amphora.readText(file);
      expect(text).toContain('auth_pass secret12\n');
      const tried = await ask('PUT', `${path}?dry_run=true`, { json: { ...json, priority: 90 } });
      expect(tried.json).toMatchObject({ valid: true });
      expect(tried.json).toHaveProperty(
        'diff',
        expect.stringMatching(/^-\s+priority 100\n\+\s+priority 90$/m),
      );
      expect(tried.body).not.toContain('secret12');
      expect(await amphora.readText(file)).toBe(text);
    });

    it('is refused with one line per fault, and nothing changes', async () => {
      const before = await amphora.readText(file);
      const faulty = { ...json, priority: 256, unicast_src_ip: 'here' };
      const { status, json: answer } = await ask('PUT', path, { json: faulty });
      expect(status).toBe(400);
      expect(answer).toHaveProperty('details', expect.stringMatching(/^priority: .+\nunicast_src_ip: .+$/));
      expect(await amphora.readText(file)).toBe(before);
    });
  });
});
