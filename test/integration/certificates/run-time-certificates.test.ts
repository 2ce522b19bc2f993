import { once } from 'node:events';
import { connect } from 'node:tls';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';
import {
  type CertificateScene,
  createCertificateScene,
  FILES,
  type ServingWorker,
  sha1,
} from '../../support/certificates/run-time-scene.ts';

describe('certificates of a running haproxy', () => {
  const lab = usePluggedAmphora();
  let scene: CertificateScene;
  /** an authority that stands in chains */
  let issuer: string;
  let revocations: string;
  let site: string;
  let worker: ServingWorker;
  const pems: string[] = [];
  const answers: string[] = [];

  const issue = async (name: string): Promise<string> => {
    const pem = await scene.issue(name);
    pems.push(pem);
    return pem;
  };
  /** Requests a reload. @returns the decision */
  const changed = async (): Promise<string[]> => {
    scene.decisions();
    const { status, body } = await scene.reload();
    answers.push(body);
    expect(status).toBe(202);
    // the log may arrive after the answer
    const found: string[] = [];
    const decided = (): string[] => {
      found.push(...scene.decisions());
      return found;
    };
    await expect.poll(decided).not.toEqual([]);
    return found;
  };
  const at = (name: string): string => `/var/lib/octavia/certs/${lab.balancer.id}/${name}`;
  const AVOIDED = ['avoided: certificates'];

  beforeAll(async () => {
    scene = createCertificateScene(lab);
    issuer = await scene.authority();
    revocations = await scene.revocations([]);
  });
  beforeEach(async () => {
    site = await issue('www.example.org');
    await scene.put('site.pem', `${site}${issuer}`);
    await scene.put(FILES.authorities, issuer);
    await scene.put(FILES.revocations, revocations);
    await scene.put(FILES.member, await issue('amphora'));
    await scene.put(FILES.strict, await issue('strict.example.org'));
    await scene.putList('site.pem');
    await scene.reload();
    worker = await scene.worker();
  });

  it('are rotated under their name', async () => {
    for (let turn = 0; turn < 2; turn += 1) {
      const pem = await issue('www.example.org');
      await scene.put('site.pem', pem);
      expect(await changed()).toEqual(AVOIDED);
      expect(await scene.served('www.example.org')).toEqual({ leaf: sha1(pem), chain: [] });
    }
    expect(await changed()).toEqual(['avoided: identical']);
    expect(await scene.worker()).toEqual(worker);
  });

  it('are rotated without an end of open connections', async () => {
    const socket = connect({
      host: lab.vip(),
      port: 443,
      servername: 'www.example.org',
      rejectUnauthorized: false,
    });
    const get = async (): Promise<string> => {
      socket.write(`GET / HTTP/1.1\r\nHost: x\r\n\r\n`);
      const [answer]: Buffer[] = await once(socket, 'data');
      return String(answer).slice(0, 12);
    };
    await once(socket, 'secureConnect');
    expect(await get()).toBe('HTTP/1.1 200');
    await scene.put('site.pem', await issue('www.example.org'));
    expect(await changed()).toEqual(AVOIDED);
    expect(await get()).toBe('HTTP/1.1 200');
    socket.destroy();
  });

  it('get a new default under a new file name, again and again', async () => {
    for (const name of ['second.pem', 'third.pem', 'site.pem']) {
      const pem = await issue('www.example.org');
      await scene.put(name, `${pem}${issuer}`);
      await scene.putList(name);
      expect(await changed()).toEqual(AVOIDED);
      expect(await scene.served()).toEqual({ leaf: sha1(pem), chain: [sha1(issuer)] });
      expect(await changed()).toEqual(['avoided: identical']);
    }
    expect(await scene.worker()).toEqual(worker);
  });

  it('are added and removed, twice', async () => {
    const third = await issue('third.example.org');
    await scene.put('filtered.pem', third);
    let other = '';
    for (let turn = 0; turn < 2; turn += 1) {
      other = await issue('other.example.org');
      await scene.put('other.pem', other);
      await scene.putList('site.pem', 'other.pem', 'filtered.pem filter.example.org');
      expect(await changed()).toEqual(AVOIDED);
      expect((await scene.served('other.example.org')).leaf).toBe(sha1(other));
      other = await issue('other.example.org');
      await scene.put('other.pem', other);
      expect(await changed()).toEqual(AVOIDED);
      expect((await scene.served('other.example.org')).leaf).toBe(sha1(other));
      expect((await scene.served('filter.example.org')).leaf).toBe(sha1(third));
      expect((await scene.served('third.example.org')).leaf).toBe(sha1(site));
      expect(await changed()).toEqual(['avoided: identical']);
      await scene.putList('site.pem');
      expect(await changed()).toEqual(AVOIDED);
      expect((await scene.served('other.example.org')).leaf).toBe(sha1(site));
      expect(await scene.command('show ssl cert')).not.toMatch(/(?:other|filtered)\.pem/);
    }
    expect(await scene.worker()).toEqual(worker);
  });

  it('get another chain, with blank lines and carriage returns in their file', async () => {
    const chain = await scene.authority();
    const text = `${site}\n\r\n${issuer.replaceAll('\n', '\r\n')}\n \n${chain}`;
    await scene.put(
      'site.pem',
      text.replace('-----BEGIN CERTIFICATE-----\n', '-----BEGIN CERTIFICATE-----\n\n'),
    );
    expect(await changed()).toEqual(AVOIDED);
    expect(await scene.served('www.example.org')).toEqual({
      leaf: sha1(site),
      chain: [sha1(issuer), sha1(chain)],
    });
    expect(await scene.worker()).toEqual(worker);
  });

  it('get a chain that haproxy shows like the earlier one', async () => {
    const [one, two] = [await scene.authority('twin'), await scene.authority('twin')];
    await scene.put('site.pem', `${site}${one}`);
    expect(await changed()).toEqual(AVOIDED);
    await scene.put('site.pem', `${site}${two}`);
    expect(await changed()).toEqual(AVOIDED);
    expect((await scene.served('www.example.org')).chain).toEqual([sha1(two)]);
    expect(await changed()).toEqual(['avoided: identical']);
  });

  it('of members are replaced', async () => {
    const member = await issue('amphora');
    await scene.put(FILES.member, member);
    expect(await changed()).toEqual(AVOIDED);
    expect(await scene.command(`show ssl cert ${at(FILES.member)}`)).toContain(sha1(member));
    expect(await changed()).toEqual(['avoided: identical']);
    expect(await scene.worker()).toEqual(worker);
  });

  it('are rotated where clients need a certificate and TLS 1.2', async () => {
    const pem = await issue('strict.example.org');
    await scene.put(FILES.strict, pem);
    expect(await changed()).toEqual(AVOIDED);
    expect(await scene.command(`show ssl cert ${at(FILES.strict)}`)).toContain(sha1(pem));
    expect(await scene.worker()).toEqual(worker);
  });

  // haproxy 2.6 and 3.0 ignore certificates after this command: https://github.com/haproxy/haproxy/issues/3165
  it('reach clients even if the worker shows them and serves other ones', async () => {
    const revoked = await scene.revocations(['client.pem']);
    await scene.command(`set ssl crl-file ${at(FILES.revocations)} <<\n${revoked}`);
    expect(await scene.command(`commit ssl crl-file ${at(FILES.revocations)}`)).toContain('Success!');
    await scene.put(FILES.revocations, revoked);
    const pem = await issue('www.example.org');
    await scene.put('site.pem', pem);
    expect(await changed()).toEqual([
      expect.stringMatching(/^avoided: cert|^needed: command failed, a TLS handshake/),
    ]);
    expect((await scene.served('www.example.org')).leaf).toBe(sha1(pem));
  });

  // https://github.com/haproxy/haproxy/issues/3165
  it('need a reload when authorities or revocations change', async () => {
    const authority = await scene.authority();
    await scene.put(FILES.authorities, `${issuer}\n\n${authority}`);
    expect(await changed()).toEqual([
      expect.stringMatching(/^needed: certificates, the authorities or revocations/),
    ]);
    await scene.put(FILES.revocations, await scene.revocations(['client.pem']));
    expect(await changed()).toEqual([
      expect.stringMatching(/^needed: certificates, the authorities or revocations/),
    ]);
    expect(await scene.command(`show ssl ca-file ${at(FILES.authorities)}`)).toContain(sha1(authority));
    expect(await scene.command(`show ssl crl-file ${at(FILES.revocations)}`)).toContain('Revocation Date');
    expect(await changed()).toEqual(['avoided: identical']);
  });

  it('need a reload when they are larger than a command', async () => {
    const chain = await Promise.all(Array.from({ length: 30 }, () => scene.authority()));
    await scene.put('site.pem', `${site}${chain.join('')}`);
    expect(await changed()).toEqual([
      expect.stringMatching(/^needed: certificates, the file .* is too large/),
    ]);
    expect((await scene.served('www.example.org')).chain).toHaveLength(30);
    expect(await changed()).toEqual(['avoided: identical']);
  });

  it.each([
    ['options', ['site.pem [alpn h2]'], 'a line has options'],
    [
      'filters of the default',
      ['site.pem www.example.org'],
      'the filters of the default certificate changed',
    ],
    ['two certificates with the same name', ['site.pem', 'same.pem'], 'have the same name'],
  ])('need a reload after a change of the list: %s', async (_, lines, reason) => {
    await scene.put('same.pem', await issue('www.example.org'));
    await scene.putList(...lines);
    expect(await changed()).toEqual([expect.stringContaining(reason)]);
    expect((await scene.served('www.example.org')).leaf).toBe(sha1(site));
  });

  it('stay as they are when a key belongs to another certificate', async () => {
    const [one, other] = [await issue('www.example.org'), await issue('www.example.org')];
    const [certificate] = one.split('-----BEGIN PRIVATE KEY-----');
    await scene.put('site.pem', `${certificate}${other.slice(other.indexOf('-----BEGIN PRIVATE KEY-----'))}`);
    const { status, body } = await scene.reload();
    answers.push(body);
    expect(status).toBe(400);
    expect((await scene.served('www.example.org')).leaf).toBe(sha1(site));
  });

  it('lose a transaction that a killed agent left', async () => {
    const file = at('site.pem');
    await scene.command(`set ssl cert ${file} <<\n${site}\n`);
    const pem = await issue('www.example.org');
    await scene.put('site.pem', pem);
    expect(await changed()).toEqual(AVOIDED);
    expect((await scene.served('www.example.org')).leaf).toBe(sha1(pem));
  });

  it('never reach the log or an answer', () => {
    const lines = pems.flatMap((pem) => pem.split('\n')).filter((line) => /^[A-Za-z0-9+/=]{16,}$/.test(line));
    expect(lines.length).toBeGreaterThan(pems.length * 5);
    const texts = `${lab.amphora.agentLog()}${answers.join('')}`;
    for (const line of lines) expect(texts).not.toContain(line);
  });
});
