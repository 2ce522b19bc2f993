import { describe, expect, it } from 'vitest';
import { memberChanges, type RunningWorker } from '../../../../src/domain/run-time/member-changes.ts';

const CHECK = 'check inter 5s fall 3 rise 2';
const ONE = `server one 192.0.2.1:80 weight 1 ${CHECK}`;
const TWO = `server two 192.0.2.2:80 weight 1 ${CHECK}`;

/** Returns a configuration with one backend. @param options lines of the backend besides its servers */
const text = (servers: readonly string[], options: readonly string[] = ['balance roundrobin']): string =>
  [
    ...['global', '    maxconn 100', 'defaults', '    retries 3', 'frontend f', '    default_backend p:l'],
    ...['backend p:l', '    mode http', ...options.map((line) => `    ${line}`)],
    ...servers.map((line) => `    ${line}`),
    '',
  ].join('\n');

interface Shown {
  readonly name: string;
  readonly address: string;
  readonly port?: number;
  readonly admin?: number;
  readonly weight?: number;
  readonly initialWeight?: number;
  readonly checkState?: number;
  readonly usesTls?: boolean;
  readonly checkPort?: number;
}

const HEADER =
  '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight ' +
  'srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state ' +
  'bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr ' +
  'srv_agent_addr srv_agent_port';

const row = (shown: Shown): string => {
  const { name, address, port = 80, admin = 0, weight = 1, initialWeight = 1, checkState = 6 } = shown;
  const tls = shown.usesTls === true ? 1 : 0;
  return `3 p:l 1 ${name} ${address} 2 ${admin} ${weight} ${initialWeight} 1 1 0 2 ${checkState} 0 0 0 - ${port} - ${tls} ${shown.checkPort ?? 0} - - 0`;
};

const FIRST: Shown = { name: 'one', address: '192.0.2.1' };
const SECOND: Shown = { name: 'two', address: '192.0.2.2' };
const dump = (...rows: readonly Shown[]): string => ['1', HEADER, ...rows.map(row), '', ''].join('\n');

const worker = (parts: Partial<RunningWorker> = {}): RunningWorker => ({
  text: text([ONE, TWO]),
  dump: dump(FIRST, SECOND),
  removed: [],
  version: '2.6.12-1+deb12u4',
  ...parts,
});

/** Returns the commands of a change, or the reason of a reload. */
function decided(running: RunningWorker, wanted: string): readonly string[] | string {
  const found = memberChanges(running, wanted);
  if (found.kind === 'reload') return found.reason;
  return [...found.changes, ...found.removals].map((command) => command.text);
}

const THREE = '192.0.2.3:80';
const ADDED = [
  `add server p:l/three ${THREE} weight 1 ${CHECK} pool-purge-delay 5s pool-max-conn -1`,
  'enable health p:l/three',
  'set server p:l/three state ready',
];

describe('members that a worker gets without a reload', () => {
  it.each<[string, RunningWorker, string, readonly string[]]>([
    ['an identical text', worker(), text([ONE, TWO]), []],
    ['another order', worker(), text([TWO, ONE]), []],
    ['comments and blank lines', worker(), `# new\n\n${text([ONE, TWO])}`, []],
    [
      'a new weight',
      worker(),
      text([ONE.replace('weight 1', 'weight 7'), TWO]),
      ['set server p:l/one weight 7'],
    ],
    ['disabled', worker(), text([`${ONE} disabled`, TWO]), ['set server p:l/one state maint']],
    [
      'enabled',
      worker({ text: text([`${ONE} disabled`, TWO]), dump: dump({ ...FIRST, admin: 5 }, SECOND) }),
      text([ONE, TWO]),
      ['set server p:l/one state ready'],
    ],
    [
      'a member that was enabled at run time',
      worker({ dump: dump({ ...FIRST, admin: 4 }, SECOND) }),
      text([ONE, TWO]),
      [],
    ],
    [
      'a member that somebody drained',
      worker({ dump: dump({ ...FIRST, admin: 8 }, SECOND) }),
      text([ONE, TWO]),
      ['set server p:l/one state ready'],
    ],
    [
      'a weight that somebody changed',
      worker({ dump: dump({ ...FIRST, weight: 9 }, SECOND) }),
      text([ONE, TWO]),
      ['set server p:l/one weight 1'],
    ],
    ['a new member', worker(), text([ONE, TWO, `server three ${THREE} weight 1 ${CHECK}`]), ADDED],
    [
      'a new member without a check',
      worker(),
      text([ONE, TWO, `server three ${THREE} weight 1`]),
      [
        `add server p:l/three ${THREE} weight 1 pool-purge-delay 5s pool-max-conn -1`,
        'set server p:l/three state ready',
      ],
    ],
    [
      'a new disabled member',
      worker(),
      text([ONE, TWO, `server three ${THREE} weight 1 ${CHECK} disabled`]),
      ADDED.slice(0, 2),
    ],
    [
      'a new member for haproxy 3.0',
      worker({ version: '3.0.11-1' }),
      text([ONE, TWO, `server three ${THREE} weight 1 cookie three ${CHECK}`]),
      [`add server p:l/three ${THREE} weight 1 cookie three ${CHECK}`, ...ADDED.slice(1)],
    ],
    [
      'a new backup member over IPv6 with a monitor port',
      worker({ version: '2.8.0' }),
      text([ONE, TWO, `server three [2001:db8::3]:443 weight 1 ${CHECK} addr 2001:db8::9 port 81 backup`]),
      [
        `add server p:l/three [2001:db8::3]:443 weight 1 ${CHECK} addr 2001:db8::9 port 81 backup`,
        ...ADDED.slice(1),
      ],
    ],
    [
      'a new member over TLS with a file of another member',
      worker({
        version: '3.0.1',
        text: text([`${ONE} ssl crt /c.pem ca-file /ca.pem verify required sni ssl_fc_sni alpn h2`, TWO]),
        dump: dump({ ...FIRST, usesTls: true }, SECOND),
      }),
      text([
        `${ONE} ssl crt /c.pem ca-file /ca.pem verify required sni ssl_fc_sni alpn h2`,
        TWO,
        `server three ${THREE} weight 1 ssl crt /c.pem ca-file /ca.pem verify required sni ssl_fc_sni alpn h2`,
      ]),
      [
        `add server p:l/three ${THREE} weight 1 ssl crt /c.pem ca-file /ca.pem verify required sni ssl_fc_sni alpn h2`,
        'set server p:l/three state ready',
      ],
    ],
    ['a removed member', worker(), text([ONE]), ['set server p:l/two state maint']],
    [
      'a removed member in maintenance',
      worker({ dump: dump(FIRST, { ...SECOND, admin: 1 }) }),
      text([ONE]),
      [],
    ],
    [
      'additions before removals',
      worker(),
      text([ONE, `server three ${THREE} weight 1 ${CHECK}`]),
      [...ADDED, 'set server p:l/two state maint'],
    ],
    [
      'a removed member that comes back with another weight',
      worker({
        text: text([ONE]),
        dump: dump(FIRST, { ...SECOND, admin: 1 }),
        removed: [{ backend: 'p:l', server: 'two', words: TWO.split(' ').slice(2) }],
      }),
      text([ONE, TWO.replace('weight 1', 'weight 5')]),
      ['set server p:l/two weight 5', 'set server p:l/two state ready'],
    ],
    [
      'weight 0 with a static algorithm',
      worker({ text: text([ONE, TWO], ['balance source']) }),
      text([ONE.replace('weight 1', 'weight 0'), TWO], ['balance source']),
      ['set server p:l/one weight 0'],
    ],
    [
      'the first weight again with a static algorithm',
      worker({
        text: text([ONE.replace('weight 1', 'weight 0'), TWO], ['balance source']),
        dump: dump({ ...FIRST, weight: 0 }, SECOND),
      }),
      text([ONE, TWO], ['balance source']),
      ['set server p:l/one weight 1'],
    ],
    [
      'any weight with a consistent hash',
      worker({ text: text([ONE, TWO], ['balance source', 'hash-type consistent']) }),
      text([ONE.replace('weight 1', 'weight 9'), TWO], ['balance source', 'hash-type consistent']),
      ['set server p:l/one weight 9'],
    ],
    [
      'a weight in a backend with external checks',
      worker({ text: text([ONE, TWO], ['option external-check']) }),
      text([ONE.replace('weight 1', 'weight 9'), TWO], ['option external-check']),
      ['set server p:l/one weight 9'],
    ],
  ])('%s', (_name, running, wanted, commands) => {
    expect(decided(running, wanted)).toEqual(commands);
  });

  it('keeps removed members, with the words that the worker got', () => {
    const found = memberChanges(worker(), text([ONE]));
    expect(found).toMatchObject({
      count: 1,
      removed: [{ backend: 'p:l', server: 'two', words: TWO.split(' ').slice(2) }],
    });
  });
});

describe('configurations that need a reload', () => {
  it.each<[string, RunningWorker, string, string]>([
    ['another line', worker(), text([ONE, TWO], ['balance leastconn']), 'other lines'],
    ['another backend', worker(), `${text([ONE, TWO])}backend q:l\n    mode http\n`, 'other lines'],
    ['a line less', worker(), text([ONE, TWO], []), 'other lines'],
    ['another address', worker(), text([ONE.replace('192.0.2.1', '192.0.2.9'), TWO]), 'member options'],
    ['another port', worker(), text([ONE.replace(':80', ':81'), TWO]), 'member options'],
    ['another option', worker(), text([`${ONE} backup`, TWO]), 'member options'],
    [
      'a new member with a name for its address',
      worker(),
      text([ONE, TWO, 'server three example.org:80 weight 1']),
      'member options',
    ],
    [
      'a new member with an option that haproxy refuses at run time',
      worker(),
      text([ONE, TWO, `server three ${THREE} redir /x`]),
      'member options',
    ],
    [
      'a new member with a cookie, for haproxy 2.6',
      worker(),
      text([ONE, TWO, `server three ${THREE} cookie three`]),
      'member options',
    ],
    [
      'a new member with a file that no other has',
      worker(),
      text([ONE, TWO, `server three ${THREE} ssl verify required ca-file /ca.pem`]),
      'member options',
    ],
    [
      'a new member with a separator of commands in a value',
      worker(),
      text([ONE, TWO, `server three ${THREE} ssl verify none sni 'str(a;b)'`]),
      'member options',
    ],
    [
      'a removed member that comes back with other options',
      worker({
        text: text([ONE]),
        dump: dump(FIRST, { ...SECOND, admin: 1 }),
        removed: [{ backend: 'p:l', server: 'two', words: ['192.0.2.2:80', 'weight', '1'] }],
      }),
      text([ONE, TWO]),
      'member options',
    ],
    [
      'a new member with a static algorithm',
      worker({ text: text([ONE, TWO], ['balance source']) }),
      text([ONE, TWO, `server three ${THREE}`], ['balance source']),
      'static algorithm',
    ],
    [
      'another weight with a static algorithm',
      worker({ text: text([ONE, TWO], ['balance source']) }),
      text([ONE.replace('weight 1', 'weight 9'), TWO], ['balance source']),
      'static algorithm',
    ],
    [
      'a new member where the order counts',
      worker({ text: text([ONE, TWO], ['balance first']) }),
      text([ONE, TWO, `server three ${THREE}`], ['balance first']),
      'static algorithm',
    ],
    [
      'a new checked member in a backend with external checks',
      worker({ text: text([ONE, TWO], ['option external-check']) }),
      text([ONE, TWO, `server three ${THREE} ${CHECK}`], ['option external-check']),
      'external check',
    ],
    ['a server that the worker lacks', worker({ dump: dump(FIRST) }), text([ONE, TWO]), 'worker differs'],
    [
      'a server that no configuration names',
      worker({ dump: dump(FIRST, SECOND, { name: 'three', address: '192.0.2.3' }) }),
      text([ONE, TWO]),
      'worker differs',
    ],
    [
      'an address that somebody changed',
      worker({ dump: dump({ ...FIRST, address: '192.0.2.9' }, SECOND) }),
      text([ONE, TWO]),
      'worker differs',
    ],
    [
      'a check that somebody switched off',
      worker({ dump: dump({ ...FIRST, checkState: 2 }, SECOND) }),
      text([ONE, TWO]),
      'worker differs',
    ],
    ['an incomplete dump', worker({ dump: '1\n' }), text([ONE, TWO]), 'unknown state'],
    [
      'a file of errors',
      worker({ text: text([ONE, TWO], ['errorfile 503 /e.http']) }),
      text([ONE, TWO], ['errorfile 503 /e.http']),
      'files',
    ],
    [
      'a map',
      worker({ text: text([ONE, TWO], ['use-server %[src,map(/m)] if TRUE']) }),
      text([ONE, TWO], ['use-server %[src,map(/m)] if TRUE']),
      'files',
    ],
    ['servers with one name', worker(), text([ONE, TWO, ONE]), 'other lines'],
  ])('%s', (_name, running, wanted, reason) => {
    expect(decided(running, wanted)).toBe(reason);
  });

  const many = (count: number): string[] =>
    Array.from({ length: count }, (_, index) => `server m${index} 192.0.2.1:${index + 1} weight 1`);
  const shownMany = (count: number): Shown[] =>
    Array.from({ length: count }, (_, index) => ({
      name: `m${index}`,
      address: '192.0.2.1',
      port: index + 1,
    }));

  it('more than 200 changed members', () => {
    const running = worker({ text: text(many(202)), dump: dump(...shownMany(202)) });
    expect(decided(running, text(many(2)))).toHaveLength(200);
    expect(decided(running, text(many(1)))).toBe('many changes');
  });

  it('more than 200 removed members', () => {
    const removed = Array.from({ length: 200 }, (_, index) => ({
      ...{ backend: 'p:l', server: `r${index}`, words: ['192.0.2.1:9'] },
    }));
    const rows = removed.map(({ server }) => ({ name: server, address: '192.0.2.1', port: 9, admin: 1 }));
    const running = worker({ removed, dump: dump(FIRST, SECOND, ...rows) });
    expect(decided(running, text([ONE, TWO]))).toEqual([]);
    expect(decided(running, text([ONE]))).toBe('removed members');
  });
});
