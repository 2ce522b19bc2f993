import { describe, expect, it } from 'vitest';
import type { RunningWorker } from '../../../../src/domain/run-time/member-changes.ts';
import { memberChanges } from '../../../../src/domain/run-time/member-changes.ts';
import {
  CHECK,
  decided,
  dump,
  FIRST,
  ONE,
  SECOND,
  THREE,
  TWO,
  text,
  worker,
} from '../../../support/run-time/one-backend.ts';

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
