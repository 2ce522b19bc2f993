import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type ConnectionOptions, connect } from 'node:tls';
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
let clients: Authority;
let [www, shop, revoked, client]: ModelCertificate[] = [];
let clientCa: string;

beforeAll(async () => {
  const { directory } = world;
  authority = await createAuthority(directory, 'servers');
  clients = await createAuthority(directory, 'clients');
  clientCa = await readFile(clients.certificate, 'utf8');
  [www, shop, client, revoked] = await Promise.all([
    modelCertificate(authority, directory, { names: ['www.example.com'] }),
    modelCertificate(authority, directory, { names: ['shop.example.com'] }),
    modelCertificate(clients, directory, { names: ['good client'], purpose: 'client' }),
    modelCertificate(clients, directory, { names: ['bad client'], purpose: 'client' }),
  ]);
});
afterEach(() => world.clear());

type Fields = Readonly<Record<string, unknown>>;

interface Served {
  readonly port: number;
  readonly member: Member;
}

async function serve(fields: Fields = {}, pool: Fields = {}): Promise<Served> {
  const member = await world.member({ name: 'web' });
  const port = world.port();
  const listener = listenerJson({
    protocol: 'TERMINATED_HTTPS',
    protocol_port: port,
    default_tls_container_data: www?.container,
    default_pool: poolJson({
      members: [memberJson({ address: '127.0.0.1', protocol_port: member.port })],
      ...pool,
    }),
    ...fields,
  });
  await world.serve(loadBalancerJson({ vip_address: '127.0.0.1', listeners: [listener] }));
  return { port, member };
}

interface Handshake {
  readonly subject: string | string[] | undefined;
  readonly version: string | null;
  readonly alpn: string | false | null;
  readonly cipher: string;
}

/** Connects a TLS client. @returns what it received @throws Error if the handshake fails */
function shake(port: number, options: ConnectionOptions = {}): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options }, () => {
      const { alpnProtocol } = socket;
      resolve({
        subject: socket.getPeerCertificate().subject.CN,
        version: socket.getProtocol(),
        alpn: alpnProtocol,
        cipher: socket.getCipher().name,
      });
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

/** Lower versions than Node's own default need its lowest security level. */
const only = (version: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'): ConnectionOptions => ({
  minVersion: version,
  maxVersion: version,
  ciphers: 'DEFAULT@SECLEVEL=0',
});

const identity = (certificate: ModelCertificate | undefined): ConnectionOptions => ({
  cert: certificate?.cert,
  key: certificate?.key,
});

describe('a TERMINATED_HTTPS listener', () => {
  it('shows the certificate of the requested server name, or its default', async () => {
    const { port } = await serve({ sni_container_data: [shop?.container] });
    expect(await shake(port, { servername: 'shop.example.com' })).toMatchObject({
      subject: 'shop.example.com',
    });
    expect(await shake(port, { servername: 'www.example.com' })).toMatchObject({
      subject: 'www.example.com',
    });
    expect(await shake(port, { servername: 'else.example.com' })).toMatchObject({
      subject: 'www.example.com',
    });
    expect(await shake(port)).toMatchObject({ subject: 'www.example.com' });
  });

  it('accepts a key with a passphrase', async () => {
    const key = createPrivateKey(shop?.key ?? '').export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'secret #1',
    });
    const container = { ...shop?.container, private_key: key, passphrase: 'secret #1' };
    const { port } = await serve({ default_tls_container_data: container });
    expect(await shake(port)).toMatchObject({ subject: 'shop.example.com' });
  });

  it('finds the certificate of the key among others, and shows it first', async () => {
    const ca = await readFile(authority.certificate, 'utf8');
    const container = { ...shop?.container, certificate: `${ca}\n${shop?.cert}` };
    const { port } = await serve({ default_tls_container_data: container });
    expect(await shake(port)).toMatchObject({ subject: 'shop.example.com' });
  });

  it('speaks TLS 1.2 and 1.3 by default, nothing older', async () => {
    const { port } = await serve();
    expect(await shake(port, only('TLSv1.2'))).toMatchObject({ version: 'TLSv1.2' });
    expect(await shake(port, only('TLSv1.3'))).toMatchObject({ version: 'TLSv1.3' });
    await expect(shake(port, only('TLSv1.1'))).rejects.toThrow();
    await expect(shake(port, only('TLSv1'))).rejects.toThrow();
  });

  it('speaks only the configured versions', async () => {
    const { port } = await serve({
      tls_versions: ['TLSv1.1', 'TLSv1'],
      tls_ciphers: 'ECDHE-ECDSA-AES128-SHA',
    });
    expect(await shake(port, only('TLSv1.1'))).toMatchObject({ version: 'TLSv1.1' });
    await expect(shake(port, only('TLSv1.2'))).rejects.toThrow();
    expect(await shake(port, only('TLSv1'))).toMatchObject({ version: 'TLSv1' });
    await expect(shake(port, only('TLSv1.3'))).rejects.toThrow();
  });

  it('uses only the configured ciphers, those of TLS 1.3 too', async () => {
    const { port } = await serve({ tls_ciphers: 'TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256' });
    expect(await shake(port, only('TLSv1.3'))).toMatchObject({ cipher: 'TLS_AES_128_GCM_SHA256' });
    expect(await shake(port, only('TLSv1.2'))).toMatchObject({ cipher: 'ECDHE-ECDSA-AES128-GCM-SHA256' });
    const other = { ...only('TLSv1.2'), ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' };
    await expect(shake(port, other)).rejects.toThrow();
  });

  it('offers HTTP/2 by default, or only the configured protocols', async () => {
    const both = { ALPNProtocols: ['h2', 'http/1.1'] };
    const standard = await serve();
    expect(await shake(standard.port, both)).toMatchObject({ alpn: 'h2' });
    const told = await serve({ alpn_protocols: ['http/1.1'] });
    expect(await shake(told.port, both)).toMatchObject({ alpn: 'http/1.1' });
    const none = await serve({ alpn_protocols: [] });
    expect(await shake(none.port, both)).toMatchObject({ alpn: false });
  });

  it('answers everything with HSTS, redirections, refusals and failures of its own too', async () => {
    const rules = (value: string): Fields[] => [{ type: 'PATH', compare_type: 'EQUAL_TO', value }];
    const { port, member } = await serve({
      hsts_max_age: 31_536_000,
      hsts_include_subdomains: true,
      hsts_preload: true,
      l7policies: [
        { action: 'REJECT', rules: rules('/no') },
        { action: 'REDIRECT_TO_URL', redirect_url: 'https://x/', rules: rules('/away') },
      ],
    });
    const get = (path: string) => ask(port, { path, tls: {} });
    const headers = { 'strict-transport-security': 'max-age=31536000; includeSubDomains; preload' };
    expect(await get('/')).toMatchObject({ status: 200, headers });
    expect(await get('/no')).toMatchObject({ status: 403, headers });
    expect(await get('/away')).toMatchObject({ status: 302, headers });
    await member.close();
    expect(await get('/')).toMatchObject({ status: 503, headers });
  });
});

describe('client authentication', () => {
  const ca = (): Fields => ({ client_ca_tls_container_data: clientCa });

  it('MANDATORY accepts only clients with a certificate of the CA', async () => {
    const { port } = await serve({ ...ca(), client_authentication: 'MANDATORY' });
    expect(await ask(port, { tls: identity(client) })).toMatchObject({ status: 200 });
    await expect(ask(port, { tls: {} })).rejects.toThrow();
    await expect(ask(port, { tls: identity(www) })).rejects.toThrow();
  });

  it('OPTIONAL accepts clients without a certificate, and reports the result to rules and members', async () => {
    const { port, member } = await serve({
      ...ca(),
      client_authentication: 'OPTIONAL',
      insert_headers: {
        'X-SSL-Client-Has-Cert': 'true',
        'X-SSL-Client-Verify': 'true',
        'X-SSL-Client-DN': 'true',
        'X-SSL-Client-CN': 'true',
        'X-SSL-Issuer': 'true',
        'X-SSL-Client-SHA1': 'true',
        'X-SSL-Client-Not-Before': 'true',
        'X-SSL-Client-Not-After': 'true',
      },
      l7policies: [
        {
          action: 'REJECT',
          rules: [
            { type: 'SSL_CONN_HAS_CERT', compare_type: 'EQUAL_TO', value: 'True' },
            { type: 'SSL_DN_FIELD', key: 'CN', compare_type: 'EQUAL_TO', value: 'good client' },
            { type: 'SSL_VERIFY_RESULT', compare_type: 'EQUAL_TO', value: '0' },
            { type: 'PATH', compare_type: 'EQUAL_TO', value: '/x' },
          ],
        },
      ],
    });
    expect(await ask(port, { tls: {}, path: '/x' })).toMatchObject({ status: 200 });
    expect(await ask(port, { tls: identity(client) })).toMatchObject({ status: 200 });
    expect(await ask(port, { tls: identity(client), path: '/x' })).toMatchObject({ status: 403 });
    const [without, withCertificate] = member.requests;
    expect(without?.headers).toMatchObject({ 'x-ssl-client-has-cert': '0', 'x-ssl-client-verify': '0' });
    expect(withCertificate?.headers).toMatchObject({
      'x-ssl-client-has-cert': '1',
      'x-ssl-client-verify': '0',
      'x-ssl-client-dn': '/CN=good client',
      'x-ssl-client-cn': 'good client',
      'x-ssl-issuer': '/CN=sandbox clients',
      'x-ssl-client-sha1': expect.stringMatching(/^[0-9A-F]{40}$/),
      'x-ssl-client-not-before': expect.stringMatching(/^\d{12}Z$/),
      'x-ssl-client-not-after': expect.stringMatching(/^\d{12}Z$/),
    });
  });

  it('refuses a certificate that was revoked', async () => {
    const list = await revocationList(clients, world.directory, revoked === undefined ? [] : [revoked]);
    const { port } = await serve({
      ...ca(),
      client_authentication: 'MANDATORY',
      client_crl_container_data: list,
    });
    expect(await ask(port, { tls: identity(client) })).toMatchObject({ status: 200 });
    await expect(ask(port, { tls: identity(revoked) })).rejects.toThrow();
  });

  it('cannot be forged with headers of the client', async () => {
    const { port, member } = await serve();
    const forged = { 'X-SSL-Client-Verify': '0', 'x-ssl-client-cn': 'admin', 'X-Else': 'stays' };
    await ask(port, { tls: {}, headers: forged });
    expect(Object.keys(member.requests[0]?.headers ?? {}).filter((name) => name.startsWith('x-'))).toEqual([
      'x-else',
    ]);
  });
});

describe('an HTTPS listener', () => {
  it("passes the client's TLS through", async () => {
    const member = await world.member({ name: 'tls', tls: { cert: shop?.cert, key: shop?.key } });
    const port = world.port();
    const members = [memberJson({ address: '127.0.0.1', protocol_port: member.port })];
    const default_pool = poolJson({ protocol: 'HTTPS', members });
    const listener = listenerJson({ protocol: 'HTTPS', protocol_port: port, default_pool });
    await world.serve(loadBalancerJson({ vip_address: '127.0.0.1', listeners: [listener] }));
    expect(await shake(port)).toMatchObject({ subject: 'shop.example.com' });
    expect(await ask(port, { tls: {} })).toMatchObject({ member: 'tls' });
  });
});
