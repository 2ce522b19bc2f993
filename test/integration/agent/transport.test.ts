import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type RequestOptions, request } from 'node:https';
import { connect as connectTcp } from 'node:net';
import path from 'node:path';
import { type ConnectionOptions, connect } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAuthority, issueCertificate } from '../../../sandbox/controller/pki.ts';
import type { AmphoraLab, LabAmphora } from '../../support/amphora/amphora-lab.ts';
import { useAmphoraLab } from '../../support/amphora/use-lab.ts';
import { createRecordingAuthority } from '../../support/certificates/openssl-authority.ts';

const UUID = '5f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';
const PATHS = [
  ['GET', '/'],
  ['GET', '/1.0/info'],
  ['GET', '/0.5/details'],
  ['PUT', `/1.0/loadbalancer/${UUID}/${UUID}/haproxy`],
  ['DELETE', `/1.0/listeners/${UUID}`],
  ['POST', '/1.0/plug/vip/10.0.0.1'],
  ['PUT', '/1.0/vrrp/upload'],
  ['GET', '/no/such/path'],
] as const;

describe('the TLS port of the API', () => {
  const { world, amphora } = useAmphoraLab({ members: 0 });
  let ca: Buffer;
  const clients = new Map<string, Pick<RequestOptions, 'cert' | 'key'>>();

  beforeAll(async () => {
    ca = await readFile(world.pki.serverAuthority.certificate);
    const { directory, clientAuthority } = world.pki;
    const stranger = await createAuthority(directory, 'stranger-ca');
    const base = { commonName: 'controller', purpose: 'client' } as const;
    const records = await createRecordingAuthority(clientAuthority, directory);
    const files = {
      'a certificate of a stranger': await issueCertificate(stranger, directory, {
        ...base,
        name: 'stranger',
      }),
      'an expired certificate': await records.issueFor('past', { ...base, name: 'old' }),
      'a certificate that is not yet valid': await records.issueFor('future', { ...base, name: 'later' }),
      "a server's certificate": await issueCertificate(clientAuthority, directory, {
        ...base,
        name: 'wrong-purpose',
        purpose: 'server',
      }),
      'a self-signed certificate': path.join(directory, 'stranger-ca.pem'),
    };
    clients.set('no certificate', {});
    for (const [name, file] of Object.entries(files)) {
      const pem = await readFile(file);
      const key = name === 'a self-signed certificate' ? await readFile(stranger.key) : pem;
      clients.set(name, { cert: pem, key });
    }
  });

  const ask = (options: RequestOptions): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const sent = request(
        { host: amphora.address, port: amphora.port, servername: amphora.id, ca, agent: false, ...options },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      sent.once('error', reject);
      sent.end();
    });

  it.each([
    'no certificate',
    'a certificate of a stranger',
    'an expired certificate',
    'a certificate that is not yet valid',
    "a server's certificate",
    'a self-signed certificate',
  ])('answers no HTTP request of a client with %s', async (name) => {
    for (const [method, asked] of PATHS) {
      await expect(ask({ method, path: asked, ...clients.get(name) })).rejects.toThrow(
        /ECONNRESET|alert|socket hang up|EPIPE/,
      );
    }
  });

  const handshake = async (options: ConnectionOptions): Promise<string | null> => {
    const client = await readFile(world.pki.client);
    return new Promise((resolve, reject) => {
      const socket = connect({
        host: amphora.address,
        port: amphora.port,
        servername: amphora.id,
        ca,
        cert: client,
        key: client,
        ...options,
      });
      socket.once('secureConnect', () => {
        resolve(socket.getProtocol());
        socket.destroy();
      });
      socket.once('error', reject);
    });
  };

  it('speaks TLS 1.2 and 1.3', async () => {
    expect(await handshake({ maxVersion: 'TLSv1.2' })).toBe('TLSv1.2');
    expect(await handshake({})).toBe('TLSv1.3');
  });

  it.each(['TLSv1', 'TLSv1.1'] as const)('refuses %s', async (version) => {
    await expect(
      handshake({ minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' }),
    ).rejects.toThrow(/alert|protocol|ECONNRESET/);
  });

  it.each([
    'ECDHE-ECDSA-NULL-SHA',
    'AECDH-AES256-SHA',
    'ECDHE-ECDSA-AES128-SHA',
    'ECDHE-ECDSA-AES256-SHA384',
    'ECDHE-ECDSA-CAMELLIA128-SHA256',
  ])('refuses the weak cipher suite %s', async (suite) => {
    const offered = { maxVersion: 'TLSv1.2', minVersion: 'TLSv1.2' } as const;
    expect(await handshake({ ...offered, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })).toBe('TLSv1.2');
    await expect(handshake({ ...offered, ciphers: `${suite}@SECLEVEL=0` })).rejects.toThrow(
      /handshake failure/,
    );
  });

  it('shows a certificate with the name of the amphora', async () => {
    await expect(ask({ servername: 'somebody-else', ...(await accepted()) })).rejects.toThrow(/altnames/);
    expect(await ask({ path: '/', ...(await accepted()) })).toBe(200);
  });

  const accepted = async (): Promise<Pick<RequestOptions, 'cert' | 'key'>> => {
    const client = await readFile(world.pki.client);
    return { cert: client, key: client };
  };

  it('answers on IPv4 and on IPv6 loopback alike', async () => {
    for (const address of ['127.0.0.1', '::1']) {
      const host = address.includes(':') ? `[${address}]` : address;
      const { stdout } = await amphora.exec([
        ...(['curl', '--silent', '--insecure', '--cert', world.pki.client] as const),
        `https://${host}:${amphora.port}/`,
      ]);
      expect(stdout).toBe('{"api_version":"1.0"}');
    }
  });

  it('answers broken HTTP with a JSON error and closes', async () => {
    const answer = await raw(world, amphora, 'NONSENSE\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ http_code: 400 });
  });

  it('refuses a header of more than 16 KiB', async () => {
    const answer = await raw(world, amphora, `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
  });

  it('answers an absolute target, a missing Host and odd expectations in JSON', async () => {
    const plain = await raw(
      world,
      amphora,
      'GET https://127.0.0.1/1.0/info HTTP/1.1\r\nConnection: close\r\n\r\n',
    );
    expect(plain).toMatch(/^HTTP\/1\.1 200 /);
    const odd = await raw(world, amphora, 'GET / HTTP/1.1\r\nExpect: foo\r\nConnection: close\r\n\r\n');
    expect(odd).toMatch(/^HTTP\/1\.1 417 /);
    expect(odd).toContain('{"error":"417 Expectation Failed","http_code":417}');
    const tunnel = await raw(world, amphora, 'CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n');
    expect(tunnel).toContain('{"error":"405 Method Not Allowed","http_code":405}');
  });

  it('disconnects clients that never finish their handshake', async () => {
    // not the open files of the agent, which are also those of programs that it runs
    const connections = async (): Promise<number> => {
      const { stdout } = await amphora.exec(['ss', '-Htn', `sport = :${amphora.port}`]);
      return stdout.split('\n').filter((line) => line !== '').length;
    };
    const before = await connections();
    const silent = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const socket = connectTcp(amphora.port, amphora.address);
        await once(socket, 'connect');
        if (index % 2 === 1) socket.write(Buffer.from('160301', 'hex'));
        return socket;
      }),
    );
    const closed = Promise.all(silent.map((socket) => once(socket.resume(), 'close')));
    await expect.poll(connections).toBeGreaterThan(before);
    await closed;
    expect(await connections()).toBeLessThanOrEqual(before);
  });

  it('never opens a debugger on any signal', async () => {
    const pid = amphora.agentPid();
    if (pid === undefined) throw new Error('the agent does not run');
    process.kill(pid, 'SIGUSR1');
    expect(await ask({ path: '/1.0/info', ...(await accepted()) })).toBe(200);
    const { stdout } = await amphora.exec(['ss', '-Hltn']);
    expect(stdout).toContain(':9443');
    expect(stdout).not.toContain(':9229');
  });
});

async function raw(world: AmphoraLab, amphora: LabAmphora, text: string): Promise<string> {
  const client = await readFile(world.pki.client);
  const ca = await readFile(world.pki.serverAuthority.certificate);
  return new Promise((resolve, reject) => {
    const { address: host, port, id: servername } = amphora;
    const socket = connect({ host, port, servername, ca, cert: client, key: client }, () =>
      socket.write(text),
    );
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.once('close', () => resolve(answer));
    socket.once('error', reject);
  });
}
