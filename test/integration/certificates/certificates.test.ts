import { createHash, randomUUID, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { createController } from '../../../sandbox/controller/controller.ts';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { issueCertificate } from '../../../sandbox/controller/pki.ts';
import { TEMPORARY_PREFIX } from '../../../src/host/files.ts';
import { cutOff, putText } from '../../support/amphora/uploads.ts';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';

const CERTIFICATES = '/var/lib/octavia/certs';
const NAME = 'c6a1bb8b25ca9a2e8c2ae8f2a3d5c9f0e2b3a4d5.pem';
const KINDS = ['length', 'chunked'] as const;

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const fingerprint = (pem: string): string => new X509Certificate(pem).fingerprint256;

describe('certificates of load balancers', () => {
  const { world, amphora, balancer, vip } = usePluggedAmphora();
  /** certificate and key in one PEM, all with the same name */
  let pems: string[];

  beforeAll(async () => {
    pems = await Promise.all(Array.from({ length: 6 }, (_, index) => issue(`site-${index}`)));
  });

  const issue = async (name: string): Promise<string> => {
    const request = { name, commonName: 'www.example.org', purpose: 'server' } as const;
    return readFile(await issueCertificate(world.pki.serverAuthority, world.pki.directory, request), 'utf8');
  };
  const put = (path: string, text: string) => putText(world, amphora.controller, path, text);
  const get = (path: string) => amphora.controller.request({ method: 'GET', path });
  const remove = (path: string) => amphora.controller.request({ method: 'DELETE', path });
  const at = (name: string, id = balancer.id): string => `/1.0/loadbalancer/${id}/certificates/${name}`;
  const reload = () =>
    amphora.controller.request({ method: 'PUT', path: `/1.0/loadbalancer/${balancer.id}/reload` });
  const pem = (index: number): string => pems[index] ?? '';

  /** Returns the certificate that a client of the load balancer gets. */
  const served = async (serverName = 'www.example.org'): Promise<string> => {
    const { stdout } = await world.lab.client.run(
      ['openssl', 's_client', '-connect', `${vip()}:443`, '-servername', serverName],
      { input: '', okCodes: [0, 1] },
    );
    return fingerprint(stdout);
  };

  it.each([
    ['/1.0/loadbalancer', '1.0'],
    ['/loadbalancer', 'no version'],
    ['/0.5/listeners', '0.5'],
    ['/listeners', 'no version, for a listener'],
  ])(
    'under %s (API %s) are stored, reported by their md5, and deleted, without a load balancer',
    async (base) => {
      const id = randomUUID();
      const path = `${base}/${id}/certificates/${NAME}`;
      expect(await get(path)).toMatchObject({
        status: 404,
        body: `{"message":"Certificate Not Found","details":"No certificate with filename: ${NAME}"}`,
      });
      for (const text of [pem(0), pem(1), '', 'a list of certificates\n']) {
        const stored = await put(path, text);
        expect(stored).toMatchObject({ status: 200, body: '{"message":"OK"}' });
        expect(stored.headers['etag']).toBe(md5(text));
        const found = await get(path);
        expect(found).toMatchObject({ status: 200, body: `{"md5sum":"${md5(text)}"}` });
        expect(found.headers).toMatchObject({ etag: md5(text), 'content-type': 'application/json' });
        expect(await amphora.readText(`${CERTIFICATES}/${id}/${NAME}`)).toBe(text);
      }
      const { stdout } = await amphora.exec(['stat', '-c', '%a %U %n', `${CERTIFICATES}/${id}/${NAME}`]);
      expect(stdout).toBe(`600 root ${CERTIFICATES}/${id}/${NAME}\n`);
      expect((await amphora.exec(['stat', '-c', '%a', `${CERTIFICATES}/${id}`])).stdout).toBe('755\n');
      for (const status of [200, 200]) {
        expect(await remove(path)).toMatchObject({ status, body: '{"message":"OK"}' });
      }
      expect((await get(path)).status).toBe(404);
    },
  );

  it.each(KINDS)('stay as they are when an upload is cut off (%s)', async (kind) => {
    const id = randomUUID();
    const cut = { path: at(NAME, id), body: pem(1), sent: 300, kind };
    await cutOff(world, amphora, cut);
    expect((await get(at(NAME, id))).status).toBe(404);
    await put(at(NAME, id), pem(0));
    await cutOff(world, amphora, cut);
    expect((await get(at(NAME, id))).headers['etag']).toBe(md5(pem(0)));
    expect((await amphora.exec(['ls', '-A', `${CERTIFICATES}/${id}`])).stdout).toBe(`${NAME}\n`);
  });

  it('are deleted with a load balancer of which only certificates were uploaded', async () => {
    const id = randomUUID();
    await put(at(NAME, id), pem(0));
    await remove(`/1.0/listeners/${id}`);
    await expect(amphora.exec(['ls', `${CERTIFICATES}/${id}`])).rejects.toThrow();
  });

  it('are served by haproxy through the list of a listener', async () => {
    const directory = `${CERTIFICATES}/${balancer.id}`;
    const list = `${balancer.listenerId}.pem`;
    await put(at(NAME), pem(0));
    await put(at('other.pem'), pem(1));
    await put(at(list), `${directory}/${NAME} www.example.org\n${directory}/other.pem other.example.org\n`);
    const text = haproxyConfigText(balancer).replace(
      /^ {4}bind .*$/m,
      (line) => `${line}\n    bind ${vip()}:443 ssl crt-list ${directory}/${list}`,
    );
    const uploaded = await put(`/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, text);
    expect(uploaded).toMatchObject({ status: 202 });
    expect((await reload()).status).toBe(202);
    expect(await served()).toBe(fingerprint(pem(0)));
    expect(await served('other.example.org')).toBe(fingerprint(pem(1)));
    const { body } = await get('/1.0/listeners');
    expect(JSON.parse(body)).toMatchObject([{ type: 'TERMINATED_HTTPS' }]);
  });

  it('are served in their new form after the next reload, and not before', async () => {
    for (const index of [2, 3, 4]) {
      const before = await served();
      await put(at(NAME), pem(index));
      expect(await served()).toBe(before);
      expect((await reload()).status).toBe(202);
      expect(await served()).toBe(fingerprint(pem(index)));
    }
  });

  it('are always complete for a haproxy that reloads during uploads', async () => {
    const target = { host: amphora.address, port: amphora.port, serverName: amphora.id };
    const another = await createController(target, world.pki);
    let uploading = true;
    const uploads = (async () => {
      for (let index = 0; uploading; index += 1) {
        await putText(world, another, at(NAME), pem(index % pems.length));
      }
    })();
    try {
      for (let count = 0; count < 5; count += 1) {
        expect(await reload()).toMatchObject({ status: 202, body: expect.stringContaining('reloaded') });
        expect(pems.map(fingerprint)).toContain(await served());
      }
    } finally {
      uploading = false;
      await uploads;
      another.close();
    }
  });

  it('may be loaded as a directory, in which a running upload is not visible', async () => {
    const id = randomUUID();
    const directory = `${CERTIFICATES}/${id}`;
    await put(at(NAME, id), pem(0));
    await amphora.exec([
      'sh',
      '-c',
      `head -c 200 ${directory}/${NAME} > ${directory}/${TEMPORARY_PREFIX}01234567`,
    ]);
    const text = haproxyConfigText({ ...balancer, id }).replace(
      /^ {4}bind .*$/m,
      (line) => `${line}\n    bind ${vip()}:8443 ssl crt ${directory}`,
    );
    expect((await put(`/1.0/loadbalancer/${amphora.id}/${id}/haproxy`, text)).status).toBe(202);
  });

  it('are refused while their memory disk is not mounted', async () => {
    const id = randomUUID();
    const unit = '/etc/systemd/system/certs-ramfs.service';
    const shell = (line: string) => amphora.exec(['sh', '-c', line]);
    await shell(`mkdir -p /etc/systemd/system && echo '[Service]' > ${unit}`);
    const answer = await put(at(NAME, id), pem(0));
    expect(answer.status).toBe(500);
    expect(JSON.parse(answer.body).details).toContain('try: systemctl restart certs-ramfs.service');
    expect((await get(at(NAME, id))).status).toBe(404);
    await expect(shell(`ls ${CERTIFICATES}/${id}`)).rejects.toThrow();

    await shell(`mount -t tmpfs tmpfs ${CERTIFICATES}`);
    expect((await put(at(NAME, id), pem(0))).status).toBe(200);
    await shell(`umount ${CERTIFICATES}`);
    expect((await get(at(NAME, id))).status).toBe(404);

    await shell(`ln -sf /dev/null ${unit}`);
    expect((await put(at(NAME, id), pem(0))).status).toBe(200);
    await shell(`rm ${unit}`);
  });

  it('are deleted with their load balancer', async () => {
    await remove(`/1.0/listeners/${balancer.id}`);
    await expect(amphora.exec(['ls', `${CERTIFICATES}/${balancer.id}`])).rejects.toThrow();
  });

  it('never reach the log', () => {
    const lines = pems
      .flatMap((text) => text.split('\n'))
      .filter((line) => /^[A-Za-z0-9+/=]{16,}$/.test(line));
    expect(lines.length).toBeGreaterThan(pems.length * 5);
    for (const line of lines) expect(amphora.agentLog()).not.toContain(line);
  });
});
