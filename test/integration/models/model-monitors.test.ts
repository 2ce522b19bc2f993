import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../../../sandbox/controller/pki.ts';
import { type ModelCertificate, modelCertificate } from '../../support/certificates/model-certificates.ts';
import type { ServedModel } from '../../support/haproxy/haproxy-world.ts';
import { ask } from '../../support/haproxy/http-client.ts';
import { type Member, type MemberOptions, startRawMember } from '../../support/haproxy/http-member.ts';
import { useHaproxyWorld } from '../../support/haproxy/use-haproxy-world.ts';
import { listenerJson, loadBalancerJson, MEMBER, memberJson, poolJson } from '../../support/models/models.ts';

const world = useHaproxyWorld();
let certificate: ModelCertificate;
beforeAll(async () => {
  const authority = await createAuthority(world.directory, 'servers');
  // as in amphora-netns.service: haproxy's checks gain no privileges
  await writeFile('/proc/sys/net/ipv4/ping_group_range', '0 65534');
  certificate = await modelCertificate(authority, world.directory, { names: ['member.example.com'] });
});
afterEach(() => world.clear());

type Fields = Readonly<Record<string, unknown>>;
const VIP = '127.0.0.1';
const UP = 'UP';
/** haproxy treats a member as up until the first check; with `rise` and `fall` of 1 that check decides. */
const DOWN = 'DOWN';

interface Monitored {
  readonly haproxy: ServedModel;
  readonly member: Member;
  readonly port: number;
}

interface Choices {
  readonly options?: Partial<MemberOptions>;
  readonly fields?: Fields;
  readonly pool?: Fields;
  /** the first answers of the member */
  readonly answer?: { readonly status: number };
}

async function monitored(
  monitor: Fields,
  { options, fields = {}, pool = {}, answer = { status: 200 } }: Choices = {},
): Promise<Monitored> {
  const member = await world.member({ name: 'web', ...options });
  member.answerWith(answer);
  const port = world.port();
  const healthmonitor = { delay: 1, timeout: 1, max_retries: 1, max_retries_down: 1, ...monitor };
  const members = [memberJson({ address: '127.0.0.1', protocol_port: member.port, ...fields })];
  const listeners = [
    listenerJson({ protocol_port: port, default_pool: poolJson({ healthmonitor, members, ...pool }) }),
  ];
  const haproxy = await world.serve(loadBalancerJson({ vip_address: VIP, listeners }));
  return { haproxy, member, port };
}

const overTls = (): Partial<MemberOptions> => ({ tls: { cert: certificate.cert, key: certificate.key } });

/** Waits for the first check. */
async function firstRequest({ haproxy, member }: Monitored) {
  await haproxy.memberIs(MEMBER, UP);
  while (member.requests.length === 0) await delay(20);
  return member.requests[0];
}

describe('an HTTP monitor', () => {
  it('requests / with GET and HTTP/1.0 by default', async () => {
    const request = await firstRequest(await monitored({ type: 'HTTP' }));
    expect(request).toMatchObject({ method: 'GET', path: '/', httpVersion: '1.0' });
  });

  it('sends the configured method, path and version', async () => {
    const request = await firstRequest(
      await monitored({
        type: 'HTTP',
        http_method: 'HEAD',
        url_path: '/health?a=1&b=%20"\'\\$x#%[src] ü',
        http_version: 1.1,
        domain_name: 'www.bücher.example',
      }),
    );
    expect(request).toMatchObject({
      method: 'HEAD',
      path: '/health?a=1&b=%20"\'\\$x%23%[src]%20%C3%BC',
      httpVersion: '1.1',
      headers: { host: 'www.xn--bcher-kva.example' },
    });
  });

  it('sends the VIP as host of HTTP/1.1 if it has no domain name', async () => {
    const request = await firstRequest(await monitored({ type: 'HTTP', http_version: 1.1 }));
    expect(request).toMatchObject({ httpVersion: '1.1', headers: { host: VIP } });
  });

  it('accepts the expected codes and no others', async () => {
    const cases = [
      ['200', 200, UP],
      ['200', 201, DOWN],
      ['200,202-204', 203, UP],
      ['200, 202-204', 204, UP],
      ['200,202-204', 201, DOWN],
      ['401', 401, UP],
    ] as const;
    const all = await Promise.all(
      cases.map(([expected_codes]) =>
        monitored({ type: 'HTTP', expected_codes }, { answer: { status: 599 } }),
      ),
    );
    await Promise.all(all.map(({ haproxy }) => haproxy.memberIs(MEMBER, DOWN)));
    const checked = all.map(async ({ haproxy, member }, index) => {
      const [, status, state] = cases[index] ?? [];
      member.answerWith({ status: status ?? 0 });
      const seen = member.requests.length;
      while (member.requests.length < seen + 2) await delay(20);
      await haproxy.memberIs(MEMBER, state ?? '');
      return member.requests.length - seen;
    });
    for (const asked of await Promise.all(checked)) expect(asked).toBeGreaterThan(1);
  });

  it('removes a failing member and adds it again', async () => {
    const { haproxy, member, port } = await monitored({ type: 'HTTP' });
    member.answerWith({ status: 500 });
    await haproxy.memberIs(MEMBER, DOWN);
    expect(await ask(port)).toMatchObject({ status: 503 });
    member.answerWith({});
    await haproxy.memberIs(MEMBER, UP);
    expect(await ask(port)).toMatchObject({ member: 'web' });
  });

  it.each(['127.0.0.1', '::1'])(
    'connects to the configured address and port: %s',
    async (monitor_address) => {
      const monitor = await world.member({ name: 'monitor', host: monitor_address });
      const { haproxy, member } = await monitored(
        { type: 'HTTP' },
        { fields: { monitor_address, monitor_port: monitor.port } },
      );
      monitor.answerWith({ status: 500 });
      await haproxy.memberIs(MEMBER, DOWN);
      expect(member.requests).toEqual([]);
    },
  );

  it('that is disabled sends no request', async () => {
    const { haproxy } = await monitored({ type: 'HTTP', admin_state_up: false });
    await haproxy.memberIs(MEMBER, 'no check');
    expect((await haproxy.statistics()).pools).toHaveLength(1);
  });
});

describe('a monitor of type', () => {
  it('HTTPS connects over TLS with the configured server name', async () => {
    const monitor = { type: 'HTTPS', domain_name: 'member.example.com', http_version: 1.1 };
    const request = await firstRequest(
      await monitored(monitor, { options: overTls(), pool: { protocol: 'HTTP' } }),
    );
    expect(request).toMatchObject({ sni: 'member.example.com', headers: { host: 'member.example.com' } });
  });

  it('HTTP connects over TLS if the pool does', async () => {
    const request = await firstRequest(
      await monitored({ type: 'HTTP' }, { options: overTls(), pool: { tls_enabled: true } }),
    );
    expect(request).toMatchObject({ path: '/', httpVersion: '1.0' });
  });

  it('TCP needs no more than a connection', async () => {
    const { haproxy, member } = await monitored({ type: 'TCP' });
    await haproxy.memberIs(MEMBER, UP);
    await member.close();
    await haproxy.memberIs(MEMBER, DOWN);
    expect(member.requests).toEqual([]);
  });

  it('TLS-HELLO needs a handshake: one that can only be connected to is down', async () => {
    const good = await monitored({ type: 'TLS-HELLO' }, { options: overTls() });
    await good.haproxy.checked();
    await good.haproxy.memberIs(MEMBER, UP);
    const raw = await startRawMember('raw');
    const bad = await monitored({ type: 'TLS-HELLO' }, { fields: { protocol_port: raw.port } });
    await bad.haproxy.memberIs(MEMBER, DOWN);
    await raw.close();
    expect(Buffer.concat(raw.received).subarray(0, 2)).toEqual(Buffer.from([0x16, 0x03]));
  });

  it.each([
    ['127.0.0.1', UP],
    ['::1', UP],
    // the private namespaces have no route to that address
    ['192.0.2.1', DOWN],
  ])('PING reports %s by an echo reply: %s', async (address, state) => {
    const { haproxy } = await monitored({ type: 'PING' }, { fields: { address } });
    await haproxy.checked();
    await haproxy.memberIs(MEMBER, state);
    expect(haproxy.text).toContain('external-check command');
  });
});
