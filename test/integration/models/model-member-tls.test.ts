import { readFile } from 'node:fs/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Authority, createAuthority } from '../../../sandbox/controller/pki.ts';
import {
  type ModelCertificate,
  modelCertificate,
  revocationList,
} from '../../support/certificates/model-certificates.ts';
import { ask } from '../../support/haproxy/http-client.ts';
import type { Member } from '../../support/haproxy/http-member.ts';
import { useHaproxyWorld } from '../../support/haproxy/use-haproxy-world.ts';
import { listenerJson, loadBalancerJson, memberJson, poolJson } from '../../support/models/models.ts';

const world = useHaproxyWorld();
let authority: Authority;
let [www, shop, client]: ModelCertificate[] = [];
let clientCa: string;

beforeAll(async () => {
  const { directory } = world;
  authority = await createAuthority(directory, 'servers');
  const clients = await createAuthority(directory, 'clients');
  clientCa = await readFile(clients.certificate, 'utf8');
  [www, shop, client] = await Promise.all([
    modelCertificate(authority, directory, { names: ['www.example.com'] }),
    modelCertificate(authority, directory, { names: ['shop.example.com'] }),
    modelCertificate(clients, directory, { names: ['good client'], purpose: 'client' }),
  ]);
});
afterEach(() => world.clear());

type Fields = Readonly<Record<string, unknown>>;

interface Served {
  readonly port: number;
  readonly member: Member;
}

describe('TLS to the members', () => {
  async function serveTls(pool: Fields, fields: Fields = {}, certificate = shop): Promise<Served> {
    const member = await world.member({
      name: 'tls',
      tls: { cert: certificate?.cert, key: certificate?.key, ca: clientCa, requestCert: true },
    });
    const port = world.port();
    const members = [memberJson({ address: '127.0.0.1', protocol_port: member.port })];
    const listener = listenerJson({
      protocol_port: port,
      ...(fields['protocol'] === 'TERMINATED_HTTPS' ? { default_tls_container_data: www?.container } : {}),
      default_pool: poolJson({ tls_enabled: true, members, ...pool }),
      ...fields,
    });
    await world.serve(loadBalancerJson({ vip_address: '127.0.0.1', listeners: [listener] }));
    return { port, member };
  }
  const https = { delay: 1, timeout: 1, max_retries: 1, max_retries_down: 1, type: 'HTTPS' };
  const serversCa = (): Promise<string> => readFile(authority.certificate, 'utf8');

  it('accepts any certificate if no CA is given, and speaks HTTP/2', async () => {
    const { port, member } = await serveTls({});
    expect(await ask(port)).toMatchObject({ member: 'tls' });
    expect(member.requests[0]).toMatchObject({ httpVersion: '2.0' });
  });

  it('speaks the configured protocol', async () => {
    const { port, member } = await serveTls({ alpn_protocols: ['http/1.1'] });
    expect(await ask(port)).toMatchObject({ member: 'tls' });
    expect(member.requests[0]).toMatchObject({ httpVersion: '1.1' });
  });

  it('shows its own certificate', async () => {
    const { port, member } = await serveTls({ tls_container_data: client?.container });
    await ask(port);
    expect(member.requests[0]).toMatchObject({ clientName: 'good client' });
  });

  it.each([
    ['without a monitor', undefined],
    ['with an HTTPS monitor', https],
  ])('verifies members %s, with a CA alone', async (_how, healthmonitor) => {
    const good = await serveTls({ ca_tls_container_data: await serversCa(), healthmonitor });
    expect(await ask(good.port)).toMatchObject({ member: 'tls' });
    const bad = await serveTls({ ca_tls_container_data: clientCa, healthmonitor });
    expect(await ask(bad.port)).toMatchObject({ status: 503 });
    expect(bad.member.requests).toEqual([]);
  });

  it('refuses a member whose certificate was revoked', async () => {
    const lists = await revocationList(authority, world.directory, shop === undefined ? [] : [shop]);
    const ca = { ca_tls_container_data: await serversCa(), crl_container_data: lists };
    const good = await serveTls(ca, {}, www);
    expect(await ask(good.port)).toMatchObject({ member: 'tls' });
    const bad = await serveTls(ca);
    expect(await ask(bad.port)).toMatchObject({ status: 503 });
  });

  const versions = ['TLSv1.2', 'TLSv1.3'] as const;

  it.each(versions)(
    'sends the host of each request as server name, and no other name, over %s',
    async (version) => {
      const { port, member } = await serveTls({ tls_versions: [version], alpn_protocols: ['http/1.1'] });
      const hosts = ['shop.example.com:8080', '127.0.0.1', 'www.example.com', '[::1]:80', 'shop.example.com'];
      for (const host of hosts) await ask(port, { headers: { host } });
      expect(member.requests.map(({ sni }) => sni)).toEqual([
        'shop.example.com',
        false,
        'www.example.com',
        false,
        'shop.example.com',
      ]);
    },
  );

  it.each(versions)(
    'sends the server name of each TLS client, and no other name, over %s',
    async (version) => {
      const pool = { tls_versions: [version], alpn_protocols: ['http/1.1'] };
      const { port, member } = await serveTls(pool, { protocol: 'TERMINATED_HTTPS' });
      for (const servername of ['www.example.com', '', 'shop.example.com', ''])
        await ask(port, { tls: { servername } });
      expect(member.requests.map(({ sni }) => sni)).toEqual([
        'www.example.com',
        false,
        'shop.example.com',
        false,
      ]);
    },
  );

  it.each(versions)("sends no client's server name in health checks, over %s", async (version) => {
    const monitor = { ...https, url_path: '/health' };
    const { port, member } = await serveTls({ tls_versions: [version], healthmonitor: monitor });
    const checks = () => member.requests.filter(({ path }) => path === '/health');
    for (const checksSoFar of [0, 1]) {
      await expect.poll(checks).toHaveProperty('length', checksSoFar + 1);
      await ask(port, { headers: { host: 'shop.example.com' } });
    }
    await expect.poll(() => checks().length).toBeGreaterThan(2);
    expect(checks().map(({ sni }) => sni)).toEqual(checks().map(() => false));
  });

  it('speaks HTTP/1 if no ALPN protocol is configured', async () => {
    const { port, member } = await serveTls({ alpn_protocols: [] });
    expect(await ask(port)).toMatchObject({ member: 'tls' });
    expect(member.requests[0]).toMatchObject({ httpVersion: '1.1' });
  });

  it('speaks only the configured versions and ciphers', async () => {
    const { port, member } = await serveTls({
      tls_versions: ['TLSv1.2'],
      tls_ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256',
    });
    expect(await ask(port)).toMatchObject({ member: 'tls' });
    expect(member.requests[0]).toMatchObject({ tls: 'TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256' });
  });
});
