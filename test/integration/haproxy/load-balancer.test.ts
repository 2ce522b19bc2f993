import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { AMPHORA_NAMESPACE } from '../../../src/domain/paths.ts';
import { fetchThroughVip } from '../../support/amphora/amphora-lab.ts';
import { temporaryFile } from '../../support/amphora/api.ts';
import { cutOff } from '../../support/amphora/uploads.ts';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';
import { md5 } from '../../support/md5.ts';

describe('a load balancer over API 1.0', () => {
  const { world, amphora, ask, balancer, vip } = usePluggedAmphora();
  let text: string;

  beforeAll(async () => {
    text = haproxyConfigText(balancer);
  });

  const upload = (body: string, id = balancer.id) =>
    ask('PUT', `/1.0/loadbalancer/${amphora.id}/${id}/haproxy`, { text: body });
  const act = (action: string, id = balancer.id) => ask('PUT', `/1.0/loadbalancer/${id}/${action}`);
  const workerPid = async (): Promise<string> => {
    const socket = `UNIX-CONNECT:/var/lib/octavia/${balancer.id}.sock`;
    const { stdout } = await amphora.exec(['socat', '-t5', '-', socket], { input: 'show info\n' });
    return /^Pid: (\d+)$/m.exec(stdout)?.[1] ?? '';
  };

  it('is unknown before its first upload', async () => {
    for (const answer of [
      await ask('GET', `/1.0/loadbalancer/${balancer.id}/haproxy`),
      await act('start'),
      await act('RELOAD'),
    ]) {
      expect(answer.status).toBe(404);
      expect(answer.json).toEqual({
        message: 'Loadbalancer Not Found',
        details: `No loadbalancer with UUID: ${balancer.id}`,
      });
    }
  });

  it('sets an invalid first upload aside, and makes no load balancer and no unit', async () => {
    const id = randomUUID();
    const refused = await upload('frontend x\n  bogus\n', id);
    expect(refused.status).toBe(400);
    expect(refused.json).toMatchObject({
      message: 'Invalid request',
      details: expect.stringContaining('bogus'),
    });
    expect((await act('start', id)).status).toBe(404);
    expect(await amphora.readText(`/var/lib/octavia/${id}/haproxy.cfg.new-failed`)).toContain('bogus');
    expect((await ask('GET', '/1.0/listeners')).json).toEqual([]);
    expect((await ask('DELETE', `/1.0/listeners/${id}`)).status).toBe(200);
  });

  it('stores an upload, answers with the md5 of the sent text, and starts nothing', async () => {
    const sent = text.replace('    user nobody\n', '    user nobody\n    group nogroup\n');
    const answer = await upload(sent);
    expect(answer.status).toBe(202);
    expect(answer.body).toBe('{"message":"OK"}');
    expect(answer.headers['etag']).toBe(md5(sent));
    expect((await ask('GET', '/1.0/details')).json).toMatchObject({
      haproxy_count: 0,
      listeners: [balancer.listenerId],
    });
  });

  it('returns the stored text without the group line, with the md5 of that text', async () => {
    const answer = await ask('GET', `/1.0/loadbalancer/${balancer.id}/haproxy`);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/plain; charset=UTF-8');
    expect(answer.body).toBe(text);
    expect(answer.headers['etag']).toBe(md5(text));
  });

  it('has its files with the modes that an amphora has', async () => {
    const files = [`/var/lib/octavia/${balancer.id}`, `/var/lib/octavia/${balancer.id}/haproxy.cfg`];
    const { stdout } = await amphora.exec(['stat', '-c', '%a %n', ...files]);
    expect(stdout).toBe(
      `755 /var/lib/octavia/${balancer.id}\n600 /var/lib/octavia/${balancer.id}/haproxy.cfg\n`,
    );
  });

  it('is not started by a restart of the agent', async () => {
    await amphora.stopAgent();
    await amphora.startAgent();
    expect((await ask('GET', '/1.0/details')).json).toMatchObject({ haproxy_count: 0 });
  });

  it('starts on a reload if it was stopped, and answers as to a start', async () => {
    const answer = await act('reload');
    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({
      message: 'OK',
      details: `Configuration file is valid\nhaproxy daemon for ${balancer.id} started`,
    });
    expect((await ask('GET', '/1.0/details')).json).toMatchObject({ haproxy_count: 1 });
  });

  it('balances over both members', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => fetchThroughVip(world.lab, vip())));
    expect(new Set(answers).size).toBe(2);
    expect(answers).not.toContain(undefined);
  });

  it('serves the new configuration once a reload is answered', async () => {
    const before = await workerPid();
    await upload(
      text.replace('option allbackups', 'option allbackups\n    http-response set-header X-New yes'),
    );
    expect((await act('reload')).json).toEqual({
      message: 'OK',
      details: `Listener ${balancer.id} reloaded`,
    });
    expect(await workerPid()).not.toBe(before);
    const { stdout } = await world.lab.client.run(['curl', '--silent', '--head', `http://${vip()}/`]);
    expect(stdout.toLowerCase()).toContain('x-new: yes');
  });

  const withBind = (address: string): string =>
    text.replace(/^ {4}bind .*$/m, (line) => `${line}\n    bind ${address}`);
  const startSquatter = () => {
    const listen = `TCP-LISTEN:8080,bind=${vip()},fork`;
    return amphora.box.start(['ip', 'netns', 'exec', AMPHORA_NAMESPACE, 'socat', listen, '-']);
  };

  const goOnWithout = async (squatter: Awaited<ReturnType<typeof startSquatter>>): Promise<void> => {
    squatter.signal('SIGTERM');
    await squatter.ended();
    expect((await upload(text)).status).toBe(202);
    expect((await act('reload')).status).toBe(202);
  };

  const storedText = async () => (await ask('GET', `/1.0/loadbalancer/${balancer.id}/haproxy`)).body;

  /** Makes a reload fail, and a later one succeed. The agent itself does not check a range of ports. */
  async function refuseWhatCanNotBind(): Promise<void> {
    const before = await storedText();
    const squatter = await startSquatter();
    expect((await upload(withBind(`${vip()}:8080-8081`))).status).toBe(202);
    const answer = await act('reload');
    expect(answer.status).toBe(500);
    expect(answer.json).toMatchObject({
      message: 'Error reloading haproxy',
      details: expect.stringMatching(
        new RegExp(`(cannot bind|Binding)[^]*\nrolled back to ${md5(before)}$`, 'i'),
      ),
    });
    expect(await storedText()).toBe(before);
    await expect.poll(() => fetchThroughVip(world.lab, vip())).toBeDefined();
    await goOnWithout(squatter);
  }

  it('answers 500 with the output of a haproxy that cannot bind, and goes on with the configuration before', () =>
    refuseWhatCanNotBind());

  it('delays no client if the agent itself sees that haproxy cannot bind', async () => {
    const worker = await workerPid();
    const squatter = await startSquatter();
    let isReloading = true;
    const client = (async () => {
      const answers: (string | undefined)[] = [];
      while (isReloading) answers.push(await fetchThroughVip(world.lab, vip()));
      return answers;
    })();
    for (let times = 0; times < 3; times += 1) {
      expect((await upload(withBind(`${vip()}:8080`))).status).toBe(202);
      expect((await act('reload')).json).toMatchObject({
        message: 'Error reloading haproxy',
        details: expect.stringContaining(`cannot bind socket (Address already in use) [${vip()}:8080]`),
      });
    }
    isReloading = false;
    const answers = await client;
    expect(answers).toContainEqual(expect.any(String));
    expect(answers).not.toContain(undefined);
    expect(await workerPid()).toBe(worker);
    await goOnWithout(squatter);
  });

  it('does not report a reload as done while the master is silent', async () => {
    const before = await workerPid();
    const { stdout: pid } = await amphora.exec(['cat', `/var/lib/octavia/${balancer.id}/${balancer.id}.pid`]);
    await amphora.exec(['kill', '-STOP', pid.trim()]);
    const answer = await act('reload');
    await amphora.exec(['kill', '-CONT', pid.trim()]);
    expect(answer.status).toBe(500);
    expect(answer.json).toMatchObject({ details: expect.stringContaining('its master does not answer') });
    expect(await workerPid()).toBe(before);
  });

  it('recognises a reload by the worker if there is no master socket, as under another agent', async () => {
    const before = await workerPid();
    await amphora.exec(['rm', `/var/lib/octavia/${balancer.id}/master.sock`]);
    expect((await act('reload')).status).toBe(202);
    expect(await workerPid()).not.toBe(before);
  });

  it('answers a failed reload alike if there is no master socket', () => refuseWhatCanNotBind());

  it('leaves the running configuration alone when an upload is refused', async () => {
    const before = await workerPid();
    const answer = await upload(`${text}\nfrontend broken\n    bind 10.0.0.1:80\n    bogus keyword\n`);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ details: expect.stringContaining("unknown keyword 'bogus'") });
    expect(await storedText()).toBe(text);
    expect(await workerPid()).toBe(before);
  });

  it('changes nothing for a body that is cut off', async () => {
    const other = text.replace('retries 3', 'retries 2');
    const target = `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`;
    const cut = { path: target, body: other, sent: other.lastIndexOf('server ') };
    await cutOff(world, amphora, { ...cut, kind: 'length' });
    await cutOff(world, amphora, { ...cut, kind: 'chunked' });
    expect(await storedText()).toBe(text);
  });

  it('has one complete configuration after many concurrent uploads', async () => {
    const variants = Array.from({ length: 8 }, (_, index) =>
      text.replace('retries 3', `retries ${index + 1}`),
    );
    const statuses = await Promise.all(
      variants.map(async (variant) => {
        const controller = world.amphorae[0]?.controller;
        const file = await temporaryFile(world, variant);
        const path = `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`;
        return (await controller?.request({ method: 'PUT', path, file }))?.status;
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([202]));
    expect(variants).toContain((await ask('GET', `/1.0/loadbalancer/${balancer.id}/haproxy`)).body);
    await upload(text);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'goes on with the same haproxy after the agent gets %s',
    async (signal) => {
      const before = await workerPid();
      await amphora.stopAgent(signal);
      expect(await fetchThroughVip(world.lab, vip())).toBeDefined();
      await amphora.startAgent();
      expect(await workerPid()).toBe(before);
      expect((await ask('GET', '/1.0/details')).json).toMatchObject({ haproxy_count: 1 });
      expect((await act('reload')).json).toMatchObject({ details: `Listener ${balancer.id} reloaded` });
      expect(await fetchThroughVip(world.lab, vip())).toBeDefined();
      await world.healthManager.next(({ listeners }) => balancer.listenerId in listeners);
    },
  );

  it('finds its VIP on eth1 in any spelling, and nothing for an address that it does not have', async () => {
    expect((await ask('GET', `/1.0/interface/${vip()}`)).body).toBe('{"message":"OK","interface":"eth1"}');
    const answer = await ask('GET', '/1.0/interface/203.0.113.1');
    expect(answer.status).toBe(404);
    expect(answer.json).toEqual({ message: 'Error interface not found for IP address' });
  });

  it('stops, and is removed with all its files when it is deleted', async () => {
    expect((await act('STOP')).json).toEqual({ message: 'OK', details: `Listener ${balancer.id} stoped` });
    expect(await fetchThroughVip(world.lab, vip())).toBeUndefined();
    expect((await act('stop')).status).toBe(202);
    expect((await ask('DELETE', `/1.0/listeners/${balancer.id}`)).body).toBe('{"message":"OK"}');
    const { stdout } = await amphora.exec([
      'find',
      '/var/lib/octavia',
      '/usr/lib/systemd/system',
      '-name',
      `*${balancer.id}*`,
    ]);
    expect(stdout).toBe('');
  });
});
