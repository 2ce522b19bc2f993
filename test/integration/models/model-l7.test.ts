import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, ask, type Question } from '../../support/haproxy/http-client.ts';
import { useHaproxyWorld } from '../../support/haproxy/use-haproxy-world.ts';
import { L7_RULES, path, rule } from '../../support/models/l7-rules.ts';
import {
  exampleId,
  listenerJson,
  loadBalancerJson,
  memberJson,
  poolJson,
} from '../../support/models/models.ts';

const world = useHaproxyWorld();

type Fields = Readonly<Record<string, unknown>>;

const OTHER_POOL = exampleId(3, 1);

/** Members answer `standard` and `other`: the listener's pool, and the one to redirect to. @returns ports: a listener for each list of policies */
async function serveAll(policies: readonly (readonly Fields[])[]): Promise<number[]> {
  const [standard, other] = await Promise.all(['standard', 'other'].map((name) => world.member({ name })));
  const pools = [
    poolJson({ members: [memberJson({ address: '127.0.0.1', protocol_port: standard?.port })] }),
    poolJson({
      pool_id: OTHER_POOL,
      members: [memberJson({ address: '127.0.0.1', protocol_port: other?.port })],
    }),
  ];
  const listeners = policies.map((l7policies, index) =>
    listenerJson({
      listener_id: exampleId(2, index),
      protocol_port: world.port(),
      connection_limit: 20,
      default_pool: pools[0],
      l7policies,
    }),
  );
  await world.serve(loadBalancerJson({ vip_address: '127.0.0.1', pools, listeners }));
  return listeners.map(({ protocol_port }) => Number(protocol_port));
}

/** Serves a listener with these policies. @returns a function that sends a request to it */
async function serve(
  policies: readonly Fields[],
): Promise<{ readonly get: (question?: Question) => Promise<Answer> }> {
  const [port = 0] = await serveAll([policies]);
  return { get: (question) => ask(port, question) };
}

const toOther = (...rules: readonly Fields[]): Fields => ({
  action: 'REDIRECT_TO_POOL',
  redirect_pool_id: OTHER_POOL,
  rules,
});

describe('an L7 rule', () => {
  /** ports of one listener per rule, and of one per inverted rule */
  let ports: readonly (readonly [number, number])[];
  beforeAll(async () => {
    const served = await serveAll(
      L7_RULES.flatMap(([one]) => [[toOther(one)], [toOther({ ...one, invert: true })]]),
    );
    ports = L7_RULES.map((_, index) => [served[2 * index] ?? 0, served[2 * index + 1] ?? 0]);
  });
  afterAll(() => world.clear());

  it.each(L7_RULES.map((row, index) => [...row, index] as const))(
    'matches its own requests only: %j',
    async (_one, matching, others, index) => {
      const [plain = 0, inverted = 0] = ports[index] ?? [];
      for (const [questions, expected, opposite] of [
        [matching, 'other', 'standard'],
        [others, 'standard', 'other'],
      ] as const) {
        for (const question of questions) {
          expect((await ask(plain, question)).member, JSON.stringify(question)).toBe(expected);
          expect((await ask(inverted, question)).member, JSON.stringify(question)).toBe(opposite);
        }
      }
    },
  );
});

describe('an L7 rule', () => {
  afterEach(() => world.clear());

  it('that is disabled is ignored', async () => {
    const { get } = await serve([
      toOther(rule('PATH', 'EQUAL_TO', '/a'), rule('PATH', 'EQUAL_TO', '/b', { admin_state_up: false })),
    ]);
    expect((await get(path('/a'))).member).toBe('other');
  });
});

describe('an L7 policy', () => {
  afterEach(() => world.clear());

  it('matches if all of its rules match', async () => {
    const { get } = await serve([toOther(rule('PATH', 'STARTS_WITH', '/a'), rule('PATH', 'ENDS_WITH', 'b'))]);
    expect((await get(path('/a/b'))).member).toBe('other');
    expect((await get(path('/a'))).member).toBe('standard');
    expect((await get(path('/b'))).member).toBe('standard');
  });

  it('can have 50 rules', async () => {
    const rules = Array.from({ length: 50 }, (_, index) =>
      rule('PATH', 'EQUAL_TO', `/${index}`, { invert: true }),
    );
    const { get } = await serve([toOther(...rules)]);
    expect((await get(path('/a'))).member).toBe('other');
    expect((await get(path('/49'))).member).toBe('standard');
  });

  it('rejects with 403', async () => {
    const { get } = await serve([{ action: 'REJECT', rules: [rule('PATH', 'STARTS_WITH', '/secret')] }]);
    expect((await get(path('/secret/x'))).status).toBe(403);
    expect((await get(path('/'))).member).toBe('standard');
  });

  it.each([
    'https://example.com/a?b=1&c=2#top',
    "http://example.com/it's",
    'http://example.com/100%25%20"x"\\$HOME%[src]',
    'http://example.com/<>{}',
    'http://user:%20@[2001:db8::1]:8080',
  ])('redirects to exactly %s if its rules match', async (redirect_url) => {
    const { get } = await serve([
      { action: 'REDIRECT_TO_URL', redirect_url, rules: [rule('PATH', 'EQUAL_TO', '/old')] },
    ]);
    expect(await get(path('/old'))).toMatchObject({ status: 302, headers: { location: redirect_url } });
    expect((await get(path('/'))).member).toBe('standard');
  });

  it('redirects to its URL as a browser encodes it', async () => {
    const rules = [rule('PATH', 'EQUAL_TO', '/old')];
    const { get } = await serve([
      { action: 'REDIRECT_TO_URL', redirect_url: 'https://Bücher.example:8443/über uns?q=ä%C3#ö', rules },
    ]);
    expect((await get(path('/old'))).headers.location).toBe(
      'https://xn--bcher-kva.example:8443/%C3%BCber%20uns?q=%C3%A4%C3#%C3%B6',
    );
  });

  it.each([301, 302, 303, 307, 308])('redirects with %d', async (redirect_http_code) => {
    const { get } = await serve([
      {
        action: 'REDIRECT_PREFIX',
        redirect_prefix: 'https://example.com/new%20place',
        redirect_http_code,
        rules: [rule('PATH', 'STARTS_WITH', '/')],
      },
    ]);
    expect(await get(path('/a?b=c'))).toMatchObject({
      status: redirect_http_code,
      headers: { location: 'https://example.com/new%20place/a?b=c' },
    });
  });

  it('is applied in the order of positions among policies of its kind', async () => {
    const redirect = (position: number, name: string): Fields => ({
      action: 'REDIRECT_TO_URL',
      redirect_url: `http://${name}/`,
      position,
      rules: [rule('PATH', 'STARTS_WITH', '/')],
    });
    const { get } = await serve([redirect(2, 'second'), redirect(1, 'first')]);
    expect((await get()).headers.location).toBe('http://first/');
  });

  it('that rejects is applied first, and a policy to a pool last, as in Octavia', async () => {
    const rules = [rule('PATH', 'STARTS_WITH', '/')];
    const { get } = await serve([
      { ...toOther(...rules), position: 1 },
      {
        action: 'REDIRECT_TO_URL',
        redirect_url: 'http://x/',
        position: 2,
        rules: [rule('PATH', 'ENDS_WITH', 'b')],
      },
      { action: 'REJECT', position: 3, rules: [rule('PATH', 'ENDS_WITH', 'ab')] },
    ]);
    expect((await get(path('/ab'))).status).toBe(403);
    expect((await get(path('/b'))).status).toBe(302);
    expect((await get(path('/c'))).member).toBe('other');
  });

  it('that is disabled or has no enabled rule does nothing', async () => {
    const { get } = await serve([
      { ...toOther(rule('PATH', 'STARTS_WITH', '/')), admin_state_up: false },
      toOther(rule('PATH', 'STARTS_WITH', '/', { admin_state_up: false })),
      { action: 'REJECT', rules: [] },
    ]);
    expect((await get()).member).toBe('standard');
  });
});
