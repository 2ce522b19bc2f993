import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type HaproxyWorld, openHaproxyWorld } from '../support/haproxy-world.ts';
import { type Answer, ask, type Question } from '../support/http-client.ts';
import { exampleId, listenerJson, loadBalancerJson, memberJson, poolJson } from '../support/models.ts';

let world: HaproxyWorld;
beforeAll(async () => {
  world = await openHaproxyWorld();
});
afterAll(() => world.close());

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
      default_pool: pools[0],
      l7policies,
    }),
  );
  await world.serve(loadBalancerJson({ vip_address: '127.0.0.1', pools, listeners }));
  return listeners.map(({ protocol_port }) => Number(protocol_port));
}

/** Asks a listener with these policies. */
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

const rule = (type: string, compare_type: string, value: string, more: Fields = {}): Fields => ({
  type,
  compare_type,
  value,
  ...more,
});

const host = (name: string): Question => ({ headers: { host: name } });
const path = (text: string): Question => ({ path: text });
const header = (value: string): Question => ({ headers: { 'x-kind': value } });
const cookie = (value: string): Question => ({ headers: { cookie: value } });

const kind = { key: 'X-Kind' };
const session = { key: 'session' };

/** A rule, requests that match it, and others. */
const RULES: readonly (readonly [Fields, Question[], Question[]])[] = [
  [
    rule('HOST_NAME', 'EQUAL_TO', 'www.example.com'),
    [host('www.example.com'), host('WWW.example.com:8080')],
    [host('example.com'), host('www.example.com.evil')],
  ],
  [
    rule('HOST_NAME', 'ENDS_WITH', '.example.com'),
    [host('a.example.com'), host('a.example.com:80')],
    [host('a.example.org')],
  ],
  [rule('HOST_NAME', 'STARTS_WITH', 'www.'), [host('www.a')], [host('a.www.b')]],
  [rule('HOST_NAME', 'CONTAINS', 'examp'), [host('an.example.com')], [host('a.b')]],
  [rule('HOST_NAME', 'REGEX', '^w+[.]a$'), [host('www.a:80'), host('w.a')], [host('www.a.b')]],
  [rule('PATH', 'EQUAL_TO', '/a'), [path('/a'), path('/a?b=c')], [path('/a/'), path('/A')]],
  [rule('PATH', 'STARTS_WITH', '/a'), [path('/ab')], [path('/b/a')]],
  [rule('PATH', 'ENDS_WITH', 'b'), [path('/ab'), path('/ab?c')], [path('/abc')]],
  [rule('PATH', 'CONTAINS', 'b#'), [], [path('/ab'), path('/b')]],
  [rule('PATH', 'REGEX', '^/a{2,3}$'), [path('/aa'), path('/aaa')], [path('/a'), path('/aaaa')]],
  [
    rule('FILE_TYPE', 'EQUAL_TO', 'css'),
    [path('/a.css'), path('/a.b/c.min.css?x=1')],
    [path('/notacss'), path('/css'), path('/a.css/b'), path('/a.css.gif')],
  ],
  [
    rule('FILE_TYPE', 'REGEX', '^(jpe?g|png)$'),
    [path('/a.jpg'), path('/x.y/b.png')],
    [path('/png/b.gif'), path('/a.jpg/b'), path('/jpg')],
  ],
  [rule('HEADER', 'EQUAL_TO', 'a b', kind), [header('a b')], [header('a'), header('b'), {}]],
  [rule('HEADER', 'EQUAL_TO', 'a,b', kind), [header('a,b')], [header('a'), header('b')]],
  [rule('HEADER', 'EQUAL_TO', 'a#b', kind), [header('a#b')], [header('a')]],
  [rule('HEADER', 'EQUAL_TO', '-i', kind), [header('-i')], [header('x')]],
  [rule('HEADER', 'EQUAL_TO', '"quoted"', kind), [header('"quoted"')], [header('quoted')]],
  [
    rule('HEADER', 'EQUAL_TO', "<it's> & $HOME\\ %[src]", kind),
    [header("<it's> & $HOME\\ %[src]")],
    [header("<it's>")],
  ],
  [rule('HEADER', 'STARTS_WITH', 'ab', kind), [header('abc'), header('x, abc')], [header('bab')]],
  [rule('HEADER', 'ENDS_WITH', 'ab', kind), [header('cab')], [header('abc')]],
  [rule('HEADER', 'CONTAINS', ' x ', kind), [header('a x b')], [header('axb')]],
  [rule('HEADER', 'REGEX', '^a,\\d+$', kind), [header('a,12')], [header('a,b')]],
  [
    rule('HEADER', 'EQUAL_TO', 'yes', { key: "X!#$%&'*+-.^_`|~" }),
    [{ headers: { "x!#$%&'*+-.^_`|~": 'yes' } }],
    [{ headers: { x: 'yes' } }],
  ],
  [
    rule('COOKIE', 'EQUAL_TO', 'a', session),
    [cookie('session=a'), cookie('b=c; session=a')],
    [cookie('session=ab'), cookie('other=a')],
  ],
  [rule('COOKIE', 'STARTS_WITH', 'a', session), [cookie('session=ab')], [cookie('session=ba')]],
  [rule('COOKIE', 'ENDS_WITH', 'a', session), [cookie('session=ba')], [cookie('session=ab')]],
  [rule('COOKIE', 'CONTAINS', 'a', session), [cookie('session=bab')], [cookie('session=b')]],
  [rule('COOKIE', 'REGEX', '^[0-9]+$', session), [cookie('session=12')], [cookie('session=1x')]],
  [rule('SSL_CONN_HAS_CERT', 'EQUAL_TO', 'True'), [], [{}]],
];

describe('an L7 rule', () => {
  /** ports of one listener a rule, and of one a rule inverted */
  let ports: readonly (readonly [number, number])[];
  beforeAll(async () => {
    const served = await serveAll(
      RULES.flatMap(([one]) => [[toOther(one)], [toOther({ ...one, invert: true })]]),
    );
    ports = RULES.map((_, index) => [served[2 * index] ?? 0, served[2 * index + 1] ?? 0]);
  });
  afterAll(() => world.clear());

  it.each(RULES.map((row, index) => [...row, index] as const))(
    'matches what it says and nothing else: %j',
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

  it('that is disabled does not count', async () => {
    const { get } = await serve([
      toOther(rule('PATH', 'EQUAL_TO', '/a'), rule('PATH', 'EQUAL_TO', '/b', { admin_state_up: false })),
    ]);
    expect((await get(path('/a'))).member).toBe('other');
  });
});

describe('an L7 policy', () => {
  afterEach(() => world.clear());

  it('needs all of its rules', async () => {
    const { get } = await serve([toOther(rule('PATH', 'STARTS_WITH', '/a'), rule('PATH', 'ENDS_WITH', 'b'))]);
    expect((await get(path('/a/b'))).member).toBe('other');
    expect((await get(path('/a'))).member).toBe('standard');
    expect((await get(path('/b'))).member).toBe('standard');
  });

  it('takes 50 rules', async () => {
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
  ])('redirects to exactly %s, where its rules match', async (redirect_url) => {
    const { get } = await serve([
      { action: 'REDIRECT_TO_URL', redirect_url, rules: [rule('PATH', 'EQUAL_TO', '/old')] },
    ]);
    expect(await get(path('/old'))).toMatchObject({ status: 302, headers: { location: redirect_url } });
    expect((await get(path('/'))).member).toBe('standard');
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

  it('comes in the order of positions among those of its kind', async () => {
    const redirect = (position: number, name: string): Fields => ({
      action: 'REDIRECT_TO_URL',
      redirect_url: `http://${name}/`,
      position,
      rules: [rule('PATH', 'STARTS_WITH', '/')],
    });
    const { get } = await serve([redirect(2, 'second'), redirect(1, 'first')]);
    expect((await get()).headers.location).toBe('http://first/');
  });

  it('that rejects comes first, and one to a pool last, as in Octavia', async () => {
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

  it('that is disabled, or has no rule in force, does nothing', async () => {
    const { get } = await serve([
      { ...toOther(rule('PATH', 'STARTS_WITH', '/')), admin_state_up: false },
      toOther(rule('PATH', 'STARTS_WITH', '/', { admin_state_up: false })),
      { action: 'REJECT', rules: [] },
    ]);
    expect((await get()).member).toBe('standard');
  });
});
