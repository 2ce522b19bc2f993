import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { HISTORY_LENGTH } from '../../../src/domain/haproxy/kept-config.ts';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';
import { labListenerJson, labModel, tlsContainerJson } from '../../support/models/lab-models.ts';

type Container = Awaited<ReturnType<typeof tlsContainerJson>>;

const CERTIFICATES = '/var/lib/octavia/certs';
const MODEL = { accept: 'application/json' };

describe('certificates in a model', () => {
  const { world, amphora, ask, balancer, vip } = usePluggedAmphora({ members: 1 });
  let [www, other, third]: Container[] = [];

  beforeAll(async () => {
    [www, other, third] = await Promise.all(
      ['www', 'other', 'third'].map((name) => tlsContainerJson(world, name)),
    );
  });

  const target = () => `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`;
  const path = () => `/1.0/loadbalancer/${balancer.id}/haproxy`;
  const terminated = (standard?: Container, names: (Container | undefined)[] = []) =>
    labModel(balancer, [
      labListenerJson(balancer, {
        protocol: 'TERMINATED_HTTPS',
        protocol_port: 443,
        default_tls_container_data: standard,
        sni_container_data: names,
      }),
    ]);
  const put = (json: unknown) => ask('PUT', target(), { json });
  const reload = () => ask('PUT', `/1.0/loadbalancer/${balancer.id}/reload`);
  /** Lists all files of certificates, with mode, owner, inode and content. */
  const files = async (): Promise<string> => {
    const find = `find ${CERTIFICATES} -printf '%p %m %u %y %i ' -type f -exec md5sum {} ';' -o -printf '\\n'`;
    return (await amphora.exec(['sh', '-c', `(${find}) | sort`])).stdout;
  };
  const pems = async (): Promise<string[]> => {
    const directory = `${CERTIFICATES}/${balancer.id}/model`;
    const { stdout } = await amphora.exec(['sh', '-c', `ls -A ${directory} 2>/dev/null || true`]);
    return stdout.split('\n').filter((name) => name !== '');
  };
  const subjectFor = async (serverName: string): Promise<string> => {
    const { stdout } = await world.lab.client.run(
      ['openssl', 's_client', '-connect', `${vip()}:443`, '-servername', serverName],
      { input: '', okCodes: [0, 1] },
    );
    return new X509Certificate(stdout).subject;
  };
  const keyLines = (): string[] =>
    [www, other, third]
      .flatMap((container) => container?.private_key.split('\n') ?? [])
      .filter((line) => /^[\w+/=]{32,}$/.test(line));

  it('are installed with the configuration and served by name', async () => {
    expect(await put(terminated(www, [other]))).toMatchObject({ status: 202 });
    expect((await reload()).status).toBe(202);
    expect(await subjectFor('www.example.org')).toBe('CN=www.example.org');
    expect(await subjectFor('other.example.org')).toBe('CN=other.example.org');
    expect(await pems()).toHaveLength(3);
    const { stdout } = await amphora.exec([
      ...(['stat', '-c', '%a %U', `${CERTIFICATES}/${balancer.id}/model`] as const),
      ...(await pems()).map((name) => `${CERTIFICATES}/${balancer.id}/model/${name}`),
    ]);
    expect(stdout).toBe('700 root\n600 root\n600 root\n600 root\n');
  });

  it('come back without their keys, and that answer can be uploaded again', async () => {
    const before = await files();
    const text = (await ask('GET', path())).body;
    const { status, body, json } = await ask('GET', path(), { headers: MODEL });
    expect(status).toBe(200);
    expect(body).toContain('BEGIN CERTIFICATE');
    expect(body).not.toMatch(/private_key|passphrase|PRIVATE KEY/);
    expect(await put(json)).toMatchObject({ status: 202 });
    expect((await ask('GET', path())).body).toBe(text);
    expect(await files()).toBe(before);
    expect((await reload()).status).toBe(202);
    expect(await subjectFor('other.example.org')).toBe('CN=other.example.org');
  });

  it('are refused without a key if no key is stored, and the answer names their place in the document', async () => {
    const before = await files();
    const answer = await put(
      terminated(www, [other, third && { ...third, private_key: undefined }] as Container[]),
    );
    expect(answer.json).toEqual({
      message: 'Invalid request',
      details:
        'listeners[0].sni_container_data[1].private_key: required, because this certificate is not installed with its key',
    });
    expect(await files()).toBe(before);
  });

  it('stay as they are when haproxy refuses the configuration, and none of the new ones is left', async () => {
    const before = await files();
    const text = (await ask('GET', path())).body;
    const json = labModel(balancer, [
      labListenerJson(balancer, {
        protocol: 'TERMINATED_HTTPS',
        protocol_port: 443,
        default_tls_container_data: third,
        l7policies: [{ action: 'REJECT', rules: [{ type: 'PATH', compare_type: 'REGEX', value: '(' }] }],
      }),
    ]);
    const answer = await put(json);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ details: expect.stringContaining('regex') });
    expect(await files()).toBe(before);
    expect((await ask('GET', path())).body).toBe(text);
    const tried = await ask('PUT', `${target()}?dry_run=true`, { json });
    expect(tried.json).toMatchObject({ valid: false, details: expect.stringContaining('regex') });
    expect(await files()).toBe(before);
  });

  it('are checked by a dry run, which neither keeps nor shows them', async () => {
    const before = await files();
    const { json, body } = await ask('PUT', `${target()}?dry_run=true`, { json: terminated(third) });
    expect(json).toMatchObject({ valid: true });
    expect(json).toHaveProperty('config', expect.stringContaining(`${CERTIFICATES}/${balancer.id}/model/`));
    expect(body).not.toContain('PRIVATE');
    expect(await files()).toBe(before);
  });

  it('are deleted when neither the configuration nor its history uses them, but those that a controller uploaded stay', async () => {
    const own = `/1.0/loadbalancer/${balancer.id}/certificates/own.pem`;
    await ask('PUT', own, { text: `${www?.certificate}\n${www?.private_key}\n` });
    expect(await put(terminated(third))).toMatchObject({ status: 202 });
    expect(await pems()).toHaveLength(5);
    expect((await reload()).status).toBe(202);
    expect(await subjectFor('www.example.org')).toBe('CN=third.example.org');
    const text = haproxyConfigText(balancer).replace(
      /^ {4}bind .*$/m,
      (line) => `${line}\n    bind ${vip()}:443 ssl crt ${CERTIFICATES}/${balancer.id}/own.pem`,
    );
    for (let retries = 1; retries <= HISTORY_LENGTH; retries += 1) {
      const next = text.replace('retries 3', `retries ${10 + retries}`);
      expect(await ask('PUT', target(), { text: next })).toMatchObject({ status: 202 });
      expect(await pems()).not.toEqual([]);
      expect((await reload()).status).toBe(202);
    }
    expect(await pems()).toEqual([]);
    expect((await ask('GET', own)).status).toBe(200);
    expect(await put(terminated(third))).toMatchObject({ status: 202 });
    expect((await ask('GET', own)).status).toBe(200);
  });

  it('stay when an uploaded text names them, as one does that was read and changed', async () => {
    const before = await pems();
    const text = (await ask('GET', path())).body.replace('retries 3', 'retries 2');
    expect(await ask('PUT', target(), { text })).toMatchObject({ status: 202 });
    expect(await pems()).toEqual(before);
    expect((await reload()).status).toBe(202);
    expect(await subjectFor('www.example.org')).toBe('CN=third.example.org');
  });

  it('that a killed agent left behind during an upload are deleted at its next start', async () => {
    const before = await files();
    await amphora.stopAgent('SIGKILL');
    await amphora.exec([
      'sh',
      '-c',
      `cd ${CERTIFICATES} && mkdir .amphora-agent-abc && echo x | tee .amphora-agent-abc/key.pem ${balancer.id}/model/stray.pem`,
    ]);
    await amphora.startAgent();
    expect(await files()).toBe(before);
  });

  it('are deleted with their load balancer, and never reach the log', async () => {
    await ask('DELETE', `/1.0/listeners/${balancer.id}`);
    expect(await files()).not.toContain(balancer.id);
    expect(keyLines().length).toBeGreaterThan(3);
    for (const line of keyLines()) expect(amphora.agentLog()).not.toContain(line);
  });
});
