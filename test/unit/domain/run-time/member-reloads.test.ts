import { describe, expect, it } from 'vitest';
import type { RunningWorker } from '../../../../src/domain/run-time/member-changes.ts';
import {
  CHECK,
  decided,
  dump,
  FIRST,
  ONE,
  SECOND,
  type Shown,
  THREE,
  TWO,
  text,
  worker,
} from '../../../support/run-time/one-backend.ts';

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
