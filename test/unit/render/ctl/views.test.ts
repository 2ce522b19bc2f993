import { describe, expect, it } from 'vitest';
import { drawn } from '../../../../src/commands/ctl/draw.ts';
import { countsText } from '../../../../src/domain/text/counts.ts';
import { bytesText, spanText } from '../../../../src/render/ctl/blocks.ts';
import { drainBlocks } from '../../../../src/render/ctl/drain.ts';
import { driftBlocks, driftRepairBlocks, isMended } from '../../../../src/render/ctl/drift.ts';
import { historyBlocks } from '../../../../src/render/ctl/history.ts';
import { chosenLoadBalancers, membersBlocks } from '../../../../src/render/ctl/members.ts';
import { statusBlocks } from '../../../../src/render/ctl/status.ts';
import {
  drainAnswer,
  driftAnswer,
  driftRepairAnswer,
  statusAnswer,
} from '../../../../src/schemas/answers.ts';
import {
  drainFacts,
  driftFacts,
  driftRepairFacts,
  historyFacts,
  rollbackFacts,
  statisticsFacts,
  statusFacts,
} from '../../../../src/schemas/ctl-facts.ts';
import { historyAnswer, rollbackAnswer } from '../../../../src/schemas/history-answers.ts';
import { statisticsAnswer } from '../../../../src/schemas/statistics-answer.ts';
import { STATISTICS, STATUS } from '../../../support/ctl-facts.ts';
import { sparseAnswer } from '../../../support/sparse-answer.ts';

describe('the texts of values', () => {
  it.each([
    [null, '-'],
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.5 KiB'],
    [3 * 1024 ** 4, '3.0 TiB'],
    [5000 * 1024 ** 4, '5000.0 TiB'],
  ])('of %s bytes', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });

  it.each([
    [null, '-'],
    [-1, '0 s'],
    [59.9, '59 s'],
    [190, '3 min 10 s'],
    [7500, '2 h 5 min'],
    [349_200, '4 d 1 h'],
  ])('of %s seconds', (seconds, text) => {
    expect(spanText(seconds)).toBe(text);
  });

  it('of counts', () => {
    expect([countsText({}), countsText({ members: 2, identical: 1 })]).toEqual([
      'none',
      '2 members, 1 identical',
    ]);
  });
});

describe('the status', () => {
  it('says in its first lines whether the amphora is ready, and why not', () => {
    const lines = statusBlocks(STATUS);
    expect(lines[0]).toBe('amphora amp (host): not ready');
    expect(lines).toEqual(expect.arrayContaining(['- keepalived is down', 'note: one NIC is slow']));
    expect(statusBlocks({ ...STATUS, ready: true })[0]).toBe('amphora amp (host): ready');
  });

  it('says who has the VIPs, what needs attention and which changes failed', () => {
    const change = {
      time: '10:00',
      method: 'PUT',
      path: '/x',
      status: 500,
      client: 'CN=c',
      reason: 'one\ntwo',
    };
    const text = drawn(
      statusBlocks({
        ...STATUS,
        attention: ['pool p has no member that is up'],
        vips: [
          { address: '10.0.1.100', holder: 'this amphora', interface: 'eth1' },
          { address: '10.0.1.101', holder: 'nobody', interface: null },
        ],
        failed_changes: [change],
      }),
    );
    expect(text).toContain('attention: pool p has no member that is up\n');
    expect(text).toContain('VIP 10.0.1.100: this amphora, on eth1\n');
    expect(text).toContain('VIP 10.0.1.101: nobody that this amphora knows of\n');
    expect(text).toContain('failed change: 10:00 PUT /x by CN=c: 500\n  one\n  two\n');
    // an older agent has none of them
    expect(drawn(statusBlocks(STATUS))).not.toMatch(/attention|^VIP|failed change/m);
  });

  it('shows a load balancer whose haproxy does not answer, so that nobody knows its connections', () => {
    const listeners = [{ id: 'lsn', status: 'unknown', connections: null, traffic: null }];
    const silent = { id: 'lb', state: 'silent', vips: [], listeners, pools: [] };
    const facts = statusFacts.parse({ ...STATUS, load_balancers: [silent] });
    expect(drawn(statusBlocks(facts))).toContain('│ lsn unknown, unknown connections │');
  });

  it('says that there is drift', () => {
    const item = { kind: 'mtu', object: 'eth1', wanted: '1', seen: '2' };
    const drift = { mode: 'report', checked_at: null, items: [item] };
    expect(statusBlocks({ ...STATUS, drift })).toContain(
      'drift of 1 objects: amphora-agent ctl drift shows it',
    );
    expect(drawn(statusBlocks({ ...STATUS, drift: { ...drift, items: [] } }))).not.toContain('drift');
    const unseen = [{ kinds: ['mode'], object: null, reason: 'no' }];
    expect(statusBlocks({ ...STATUS, drift: { ...drift, items: [], unseen } })).toContain(
      'drift is not known of 1 parts: amphora-agent ctl drift shows it',
    );
  });

  it('says where the connections of a listener are unknown, as when haproxy does not answer', () => {
    const known = statusFacts.parse(sparseAnswer(statusAnswer));
    expect(drawn(statusBlocks(known))).toContain('text text, unknown connections');
  });

  it('has a row for each load balancer and for each UDP listener', () => {
    const text = drawn(statusBlocks(STATUS));
    expect(text).toMatch(/│ lb {2,}│ serves │ 10\.0\.1\.100 │ lsn OPEN, 3 connections │ 1 UP {4}│/);
    expect(text).toMatch(/│ udp {2,}│ ACTIVE/);
    expect(drawn(statusBlocks({ ...STATUS, load_balancers: [], udp_and_sctp_listeners: [] }))).toContain(
      'no load balancers',
    );
  });
});

describe('the facts of a command', () => {
  it.each([
    ['status', statusAnswer, statusFacts],
    ['members', statisticsAnswer, statisticsFacts],
    ['history', historyAnswer, historyFacts],
    ['rollback', rollbackAnswer, rollbackFacts],
    ['drain', drainAnswer, drainFacts],
    ['drift', driftAnswer, driftFacts],
    ['drift --repair', driftRepairAnswer, driftRepairFacts],
  ])('%s can be read where an agent knows as little as its answer allows', (_name, answer, facts) => {
    expect(facts.safeParse(sparseAnswer(answer)).error).toBeUndefined();
  });
});

describe('the members', () => {
  it('have a table for each pool', () => {
    const [title, grid] = membersBlocks(chosenLoadBalancers(STATISTICS, 'lb'));
    expect(title).toBe('load balancer lb, pool pool of listener lsn');
    expect(grid).toMatchObject({
      rows: [['one', '10.0.2.21:80', 'UP', '1', '2', '0', '4', 'L7OK 200', '1 min 0 s']],
    });
  });

  it('are missing where haproxy does not answer, and where there are none', () => {
    const [one] = STATISTICS.load_balancers;
    if (one === undefined) throw new Error('no load balancer');
    expect(membersBlocks([])).toEqual(['no load balancers']);
    expect(membersBlocks([{ ...one, members: [] }])).toEqual(['load balancer lb: no members']);
    expect(membersBlocks([{ ...one, answers: false }])).toEqual([
      'load balancer lb: its haproxy does not answer',
    ]);
  });

  it('are those of one load balancer, or of all', () => {
    const ids = (wanted?: string) => chosenLoadBalancers(STATISTICS, wanted).map(({ id }) => id);
    expect([ids(), ids('udp'), ids('other')]).toEqual([['lb', 'udp'], ['udp'], []]);
  });
});

describe('the history', () => {
  const entry = { number: 1, since: '2026-11-28T10:00:00.000Z', md5: 'abc', listeners: ['lsn'] };

  it('marks what runs, what came without a reload, and missing files', () => {
    const configurations = [
      { ...entry, state: 'runs' as const, without_reload: true, missing: ['/x.pem'] },
      { ...entry, number: 2, state: 'kept' as const, without_reload: false, missing: [] },
    ];
    expect(historyBlocks({ load_balancer: 'lb', configurations })[0]).toMatchObject({
      rows: [
        ['1', entry.since, 'abc', 'lsn', 'runs\nwithout reload\ngone: /x.pem'],
        ['2', entry.since, 'abc', 'lsn', ''],
      ],
    });
  });

  it('can be empty', () => {
    expect(historyBlocks({ load_balancer: 'lb', configurations: [] })).toEqual([
      'no configuration of this load balancer has run yet',
    ]);
  });
});

describe('a drain', () => {
  it('has its sessions, deadline and warnings', () => {
    const facts = { state: 'draining', sessions: 3, oldest_seconds: 70, deadline: 'T', cut: true };
    expect(drainBlocks('m', { ...facts, details: 'one\ntwo' })).toEqual([
      'member m: draining, 3 open sessions, the oldest for 1 min 10 s; deadline T, when the remaining sessions are closed',
      'note: one',
      'note: two',
    ]);
    expect(
      drainBlocks('m', { state: 'enabled', sessions: 0, oldest_seconds: null, deadline: null, cut: false }),
    ).toEqual(['member m: enabled, 0 open sessions']);
  });
});

describe('drift', () => {
  it('has a row for each object, with values of any shape', () => {
    const item = { kind: 'address', object: 'eth1', since: null, repair: 'done' };
    const items = [{ ...item, wanted: ['10.0.0.1/24', { mtu: 1450 }], seen: undefined }];
    expect(driftBlocks({ mode: 'report', checked_at: 'T', items })).toEqual([
      'drift of 1 objects (mode report, checked T)',
      {
        head: ['kind', 'object', 'wanted', 'seen', 'since', 'repair'],
        rows: [['address', 'eth1', '10.0.0.1/24\n{"mtu":1450}', '-', '-', 'done']],
      },
    ]);
    const unseen = [
      { kinds: ['masquerade', 'firewall'], object: 'networks', reason: 'nft: exit code 1' },
      { kinds: ['mode'], object: null, reason: 'no' },
    ];
    expect(driftBlocks({ mode: 'report', checked_at: 'T', items: [], unseen })).toEqual([
      'drift is not known (mode report, checked T)',
      'not looked at: masquerade, firewall of networks: nft: exit code 1',
      'not looked at: mode: no',
    ]);
    expect(driftBlocks({ mode: 'off', checked_at: null, items: [] })).toEqual([
      'drift is not known (mode off, not checked yet)',
    ]);
    expect(driftBlocks({ mode: 'report', checked_at: 'T', items: [], unseen: [] })).toEqual([
      'no drift (mode report, checked T)',
    ]);
  });
});

describe('a repair of drift', () => {
  const item = { kind: 'address', object: 'eth1', wanted: 'a', seen: 'b', repair: 'set it' };

  it.each([
    [[], true],
    [['repaired', 'gone'], true],
    [['repaired', 'still there'], false],
    [['failed'], false],
    [['report only'], false],
  ])('with the results %j mended all or not', (results, expected) => {
    expect(isMended({ items: results.map((result) => ({ ...item, result })) })).toBe(expected);
  });

  it('has a row for each object', () => {
    expect(driftRepairBlocks({ items: [{ ...item, result: 'repaired' }] })).toEqual([
      expect.objectContaining({ rows: [['address', 'eth1', 'a', 'b', 'set it', 'repaired']] }),
    ]);
    expect(driftRepairBlocks({ items: [] })).toEqual(['nothing to repair']);
  });
});

describe('what is drawn', () => {
  it('has no character that a terminal acts on, in lines and in cells', () => {
    const evil = 'a\u001b[2J\u009bb';
    const text = drawn([evil, { head: [evil], rows: [[`${evil}\nsecond`]] }]);
    expect(text).not.toMatch(/[\p{Cc}--\n]/v);
    expect(text).toContain('│ second');
  });
});
