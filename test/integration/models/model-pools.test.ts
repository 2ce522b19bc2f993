import { afterEach, describe, expect, it } from 'vitest';
import { type Answer, ask, type Question } from '../../support/haproxy/http-client.ts';
import { type Member, startRawMember } from '../../support/haproxy/http-member.ts';
import { useHaproxyWorld } from '../../support/haproxy/use-haproxy-world.ts';
import {
  exampleId,
  listenerJson,
  loadBalancerJson,
  memberJson,
  poolJson,
} from '../../support/models/models.ts';

const world = useHaproxyWorld();
afterEach(() => world.clear());

type Fields = Readonly<Record<string, unknown>>;

interface Served {
  readonly port: number;
  readonly members: readonly Member[];
  readonly get: (question?: Question) => Promise<Answer>;
  /** sends so many requests. @returns the names of the members that answered */
  readonly names: (count: number, question?: Question) => Promise<string[]>;
}

/** @param each the fields of each member */
async function serve(
  each: readonly Fields[],
  { pool = {}, listener = {}, balancer = {} }: { pool?: Fields; listener?: Fields; balancer?: Fields } = {},
): Promise<Served> {
  const members = await Promise.all(each.map((_, index) => world.member({ name: `m${index}` })));
  const port = world.port();
  const default_pool = poolJson({
    members: each.map((fields, index) =>
      memberJson({
        member_id: exampleId(4, index),
        address: '127.0.0.1',
        protocol_port: members[index]?.port,
        ...fields,
      }),
    ),
    ...pool,
  });
  const listeners = [listenerJson({ protocol_port: port, default_pool, ...listener })];
  await world.serve(loadBalancerJson({ vip_address: '127.0.0.1', listeners, ...balancer }));
  const get = (question?: Question): Promise<Answer> => ask(port, question);
  const names = async (count: number, question?: Question): Promise<string[]> => {
    const answered: string[] = [];
    for (let index = 0; index < count; index++) answered.push((await get(question)).member ?? 'nobody');
    return answered.sort();
  };
  return { port, members, get, names };
}

describe('a pool of a model', () => {
  it('sends requests to its members in turn', async () => {
    const { names } = await serve([{}, {}]);
    expect(await names(4)).toEqual(['m0', 'm0', 'm1', 'm1']);
  });

  it('sends requests to members by their weights, and none to those of weight 0', async () => {
    const { names } = await serve([{ weight: 3 }, { weight: 1 }, { weight: 0 }]);
    expect(await names(4)).toEqual(['m0', 'm0', 'm0', 'm1']);
  });

  it('leaves disabled members out', async () => {
    const { names } = await serve([{ admin_state_up: false }, {}]);
    expect(await names(2)).toEqual(['m1', 'm1']);
  });

  it('sends an address to one member with SOURCE_IP', async () => {
    const { names } = await serve([{}, {}, {}], { pool: { lb_algorithm: 'SOURCE_IP' } });
    expect(new Set(await names(4, { from: '127.0.0.2' })).size).toBe(1);
  });

  it('works with LEAST_CONNECTIONS', async () => {
    const { names } = await serve([{}, {}], { pool: { lb_algorithm: 'LEAST_CONNECTIONS' } });
    expect(await names(2)).toEqual(['m0', 'm1']);
  });

  it('uses all backup members when no other member is up', async () => {
    const { names } = await serve([{ admin_state_up: false }, { backup: true }, { backup: true }]);
    expect(await names(4)).toEqual(['m1', 'm1', 'm2', 'm2']);
  });

  it('does not use backup members while other members are up', async () => {
    const { names } = await serve([{}, { backup: true }]);
    expect(await names(2)).toEqual(['m0', 'm0']);
  });

  it('that is disabled answers 503', async () => {
    const { get } = await serve([{}], { pool: { admin_state_up: false } });
    expect((await get()).status).toBe(503);
  });

  it('works with IPv6 members and VIPs', async () => {
    const member = await world.member({ name: 'six', host: '::1' });
    const port = world.port();
    const members = [memberJson({ address: '::1', protocol_port: member.port })];
    const listeners = [listenerJson({ protocol_port: port, default_pool: poolJson({ members }) })];
    await world.serve(
      loadBalancerJson({ vip_address: '::1', additional_vips: [{ ip_address: '127.0.0.9' }], listeners }),
    );
    expect(await ask(port, { host: '::1' })).toMatchObject({ member: 'six' });
    expect(await ask(port, { host: '127.0.0.9' })).toMatchObject({ member: 'six' });
    await expect(ask(port)).rejects.toThrow();
  });
});

describe('session persistence', () => {
  const persistent = (session_persistence: Fields) => ({ pool: { session_persistence } });

  it('SOURCE_IP keeps a client of either family with its member', async () => {
    const { port, names } = await serve([{}, {}, {}], {
      ...persistent({ type: 'SOURCE_IP' }),
      balancer: { additional_vips: [{ ip_address: '::1' }] },
    });
    expect(new Set(await names(4)).size).toBe(1);
    const six = [await ask(port, { host: '::1' }), await ask(port, { host: '::1' })];
    expect(new Set(six.map((answer) => answer.member)).size).toBe(1);
    expect(new Set([...(await names(1, { from: '127.0.0.3' })), ...(await names(1))]).size).toBe(2);
  });

  it("HTTP_COOKIE keeps a client by haproxy's own cookie, even with a draining member", async () => {
    const { get, names } = await serve([{}, {}], persistent({ type: 'HTTP_COOKIE' }));
    const [first = ''] = (await get()).headers['set-cookie'] ?? [];
    expect(first).toBe(`SRV=${exampleId(4, 0)}; path=/; HttpOnly`);
    expect(await names(3, { headers: { cookie: 'SRV='.concat(exampleId(4, 1)) } })).toEqual([
      'm1',
      'm1',
      'm1',
    ]);
    await world.clear();
    const draining = await serve([{}, { weight: 0 }], persistent({ type: 'HTTP_COOKIE' }));
    expect(await draining.names(2)).toEqual(['m0', 'm0']);
    expect(await draining.names(1, { headers: { cookie: `SRV=${exampleId(4, 1)}` } })).toEqual(['m1']);
  });

  const long = 'x'.repeat(80);
  it.each(['JSESSIONID', "odd'#!name"])(
    "APP_COOKIE keeps a client by the member's own cookie, %s, as long as it may be",
    async (cookie_name) => {
      const { members, get, names } = await serve([{}, {}], persistent({ type: 'APP_COOKIE', cookie_name }));
      for (const [index, member] of members.entries())
        member.answerWith({ headers: { 'set-cookie': `${cookie_name}=${long}${index}` } });
      await get();
      await get();
      for (const member of members) member.answerWith({});
      const with0 = { headers: { cookie: `${cookie_name}=${long}0` } };
      const with1 = { headers: { cookie: `${cookie_name}=${long}1` } };
      expect(await names(3, with0)).toEqual(['m0', 'm0', 'm0']);
      expect(await names(3, with1)).toEqual(['m1', 'm1', 'm1']);
    },
  );

  it('is shared with the other amphora', async () => {
    const amphorae = ['3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f', '4f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f'];
    const addresses = ['127.0.0.11', '127.0.0.12'];
    const peers = amphorae.map((amphora_id, index) => ({ amphora_id, vrrp_ip: addresses[index] }));
    const amphora = { topology: 'ACTIVE_STANDBY', peers, peer_port: world.port() };
    const members = await Promise.all([0, 1, 2].map((index) => world.member({ name: `m${index}` })));
    const port = world.port();
    const default_pool = poolJson({
      session_persistence: { type: 'SOURCE_IP' },
      members: members.map((member, index) =>
        memberJson({ member_id: exampleId(4, index), address: '127.0.0.1', protocol_port: member.port }),
      ),
    });
    const serveAs = (index: number) =>
      world.serve(
        loadBalancerJson({
          vip_address: addresses[index],
          amphora,
          listeners: [listenerJson({ protocol_port: port, default_pool })],
        }),
        { amphoraId: amphorae[index] ?? '' },
      );
    const [first, second] = [await serveAs(0), await serveAs(1)];
    await ask(port, { host: addresses[0] ?? '', from: '127.0.0.1' });
    const { member } = await ask(port, { host: addresses[0] ?? '', from: '127.0.0.2' });
    await first.remembers(2);
    await second.remembers(2);
    // without shared persistence it would begin with the first member
    expect(await ask(port, { host: addresses[1] ?? '', from: '127.0.0.2' })).toMatchObject({ member: 'm1' });
    expect(member).toBe('m1');
  });
});

describe('the members of a pool', () => {
  it('get the configured headers', async () => {
    const { port, members, get } = await serve([{}], {
      listener: {
        insert_headers: {
          'X-Forwarded-For': 'true',
          'X-Forwarded-Port': 'true',
          'X-Forwarded-Proto': 'true',
        },
      },
    });
    await get({ from: '127.0.0.7' });
    expect(members[0]?.requests[0]?.headers).toMatchObject({
      'x-forwarded-for': '127.0.0.7',
      'x-forwarded-port': `${port}`,
      'x-forwarded-proto': 'http',
    });
  });

  it('get no header that is not configured', async () => {
    const { members, get } = await serve([{}], {
      listener: { insert_headers: { 'X-Forwarded-For': 'false' } },
    });
    await get();
    expect(Object.keys(members[0]?.requests[0]?.headers ?? {})).toEqual(['host']);
  });

  it.each([
    ['PROXY', 'HTTP', /^PROXY TCP4 127\.0\.0\.7 127\.0\.0\.1 \d+ \d+\r\n/],
    ['PROXYV2', 'HTTP', /^\r\n\r\n.\r\nQUIT\n!/s],
    ['PROXY', 'TCP', /^PROXY TCP4 127\.0\.0\.7 127\.0\.0\.1 \d+ \d+\r\n/],
    ['PROXYV2', 'TCP', /^\r\n\r\n.\r\nQUIT\n!/s],
  ])('of a %s pool behind a %s listener get the address of the client', async (pool, listener, beginning) => {
    const raw = await startRawMember('raw');
    const { get } = await serve([{ protocol_port: raw.port }], {
      pool: { protocol: pool },
      listener: {
        protocol: listener,
        ...(listener === 'HTTP' ? { insert_headers: { 'X-Forwarded-For': 'true' } } : {}),
      },
    });
    expect(await get({ from: '127.0.0.7' })).toMatchObject({ member: 'raw' });
    await raw.close();
    const received = Buffer.concat(raw.received).toString('latin1');
    expect(received).toMatch(beginning);
    expect(received.includes('x-forwarded-for: 127.0.0.7')).toBe(listener === 'HTTP');
  });

  it('of a TCP pool get the bytes unchanged', async () => {
    const { members, get } = await serve([{}], {
      pool: { protocol: 'TCP' },
      listener: { protocol: 'TCP' },
    });
    expect(await get()).toMatchObject({ member: 'm0' });
    expect(members[0]?.requests[0]?.headers).not.toHaveProperty('x-forwarded-for');
  });

  it('of an HTTP pool may be behind a TCP listener', async () => {
    const { get } = await serve([{}], { listener: { protocol: 'TCP' } });
    expect(await get()).toMatchObject({ member: 'm0' });
  });
});
