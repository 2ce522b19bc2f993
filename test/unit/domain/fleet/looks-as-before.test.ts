import { describe, expect, it } from 'vitest';
import {
  type AmphoraLook,
  countersOf,
  growthOf,
  lookOf,
  withoutTraffic,
} from '../../../../src/domain/fleet/looks.ts';
import { looksAsBefore, looksAsRightBefore } from '../../../../src/domain/fleet/looks-as-before.ts';
import { statisticsFacts, statusFacts } from '../../../../src/schemas/ctl-facts.ts';
import { STATISTICS, STATUS } from '../../../support/ctl-facts.ts';

const status = (changes: object = {}) =>
  statusFacts.parse({
    ...STATUS,
    vips: [{ address: '10.0.1.100', holder: 'this amphora', interface: 'eth1' }],
    heartbeats: { sent: 90, failed: 1, seconds_since_last: 3, interval_seconds: 10 },
    ...changes,
  });

/** The status with one load balancer whose only listener had these sessions a second. */
const busy = (sessions: (number | null)[], { state = 'serves', open = 'OPEN', pool = 'UP' } = {}) =>
  status({
    load_balancers: [
      {
        ...{ id: 'lb', state, vips: [] },
        listeners: [{ id: 'lsn', status: open, connections: null, traffic: { sessions } }],
        pools: [{ id: 'pool', status: pool, listener: 'lsn', members: [] }],
      },
    ],
  });

interface Counted {
  readonly second?: number;
  readonly worker?: number | undefined;
  readonly sessions?: number;
  readonly broken?: number;
  readonly failures?: number | undefined;
  readonly refused?: number | undefined;
}

const counters = ({
  second = 0,
  worker = 7,
  sessions = 0,
  broken = 0,
  failures = 0,
  refused = 0,
}: Counted) => {
  const [balancer] = STATISTICS.load_balancers;
  const [listener] = balancer?.listeners ?? [];
  return statisticsFacts.parse({
    ...STATISTICS,
    time: new Date(Date.UTC(2026, 10, 29) + second * 1000).toISOString(),
    load_balancers: [
      {
        ...{ ...balancer, worker },
        listeners: [
          {
            ...{ ...listener, sessions_total: sessions, errors: broken },
            ...{ responses_5xx: failures, connection_errors: refused },
          },
        ],
      },
    ],
  });
};

const NO_GROWTH = new Map();
const grown = (change: Counted) => growthOf(counters({}), counters({ second: 30, ...change }));

describe('a look at an amphora', () => {
  it('has the mean of the last ten minutes and the errors of the worker', () => {
    const sessions = [...Array.from({ length: 100 }, () => 99), ...Array.from({ length: 19 }, () => 2), null];
    const look = lookOf(busy(sessions), counters({ sessions: 200, failures: 10 }));
    expect(look.listeners[0]).toEqual({
      ...{ id: 'lsn', status: 'OPEN', sessionsPerSecond: 2 },
      errorsPerSession: { errors: 0, responses_5xx: 0.05, connection_errors: 0 },
    });
  });

  it('at an older agent lacks what that agent does not say', () => {
    const look = lookOf(statusFacts.parse(STATUS), statisticsFacts.parse(STATISTICS));
    expect(look).toMatchObject({ vips: [], heartbeats: { intervalSeconds: null } });
    expect(look.listeners.map(({ id, sessionsPerSecond }) => [id, sessionsPerSecond])).toEqual([
      ['lsn', null],
      ['udp', null],
    ]);
    expect(look.listeners[0]?.errorsPerSession).toEqual({
      ...{ errors: 0, responses_5xx: null, connection_errors: null },
    });
    expect(looksAsBefore(look, look, NO_GROWTH)).toEqual([]);
  });
});

describe('the growth of counters', () => {
  it('is that of one worker: another worker begins at 0', () => {
    expect(grown({ sessions: 60, failures: 2 }).get('lsn')).toEqual({
      ...{ seconds: 30, sessions: 60 },
      errors: { errors: 0, responses_5xx: 2, connection_errors: 0 },
    });
    expect(grown({ sessions: 60, worker: 8 }).has('lsn')).toBe(false);
    expect(growthOf(counters({ sessions: 5 }), counters({ second: 1, sessions: 4 })).has('lsn')).toBe(false);
    expect(growthOf(counters({}), counters({})).size).toBe(0);
    const last = counters({ second: 30, sessions: 60, failures: 2 });
    expect(growthOf(countersOf(counters({})), last)).toEqual(growthOf(counters({}), last));
  });
});

describe('an amphora after its upgrade', () => {
  const before = lookOf(busy([20, 20]), counters({ sessions: 1000, failures: 10 }));
  const compared = (changes: object, growth: ReturnType<typeof growthOf> = NO_GROWTH) =>
    looksAsBefore(before, { ...before, ...changes }, growth);
  const beats = (changes: Partial<AmphoraLook['heartbeats']>) =>
    compared({ heartbeats: { sent: 3, failed: 0, secondsSinceLast: 2, intervalSeconds: 10, ...changes } });

  it('looks as before', () => {
    expect(compared({}, grown({ sessions: 590, failures: 9 }))).toEqual([]);
  });

  it.each([
    [{ state: 'silent' }, 'load balancer lb is silent'],
    [{ open: 'STOP' }, 'listener lsn is STOP'],
    [{ pool: 'DOWN' }, 'pool pool of listener lsn is DOWN'],
  ])('does not with %j', (change, fault) => {
    expect(looksAsBefore(before, lookOf(busy([], change), counters({})), NO_GROWTH)).toEqual([fault]);
  });

  it('may lack what the controller deleted, and may lose the VIP to its peer later, but not to nobody', () => {
    expect(compared({ loadBalancers: [], listeners: [], pools: [] })).toEqual([]);
    const vip = (holder: string) => compared({ vips: [{ address: '10.0.1.100', holder }] });
    expect(vip('the peer')).toEqual([]);
    expect(vip('nobody')).toEqual(['nobody has the VIP 10.0.1.100']);
  });

  it.each([
    ['this amphora', 'the peer', ['the VIP 10.0.1.100 moved to the peer']],
    ['the peer', 'this amphora', ['the VIP 10.0.1.100 moved to this amphora']],
    ['this amphora', 'nobody', ['nobody has the VIP 10.0.1.100']],
    ['nobody', 'this amphora', []],
    ['the peer', 'the peer', []],
  ])('is compared with right before: the VIP of %s is that of %s', (holder, now, faults) => {
    const look = (of: string) => ({ ...before, vips: [{ address: '10.0.1.100', holder: of }] });
    expect(looksAsRightBefore(look(holder), look(now), NO_GROWTH)).toEqual(faults);
    expect(looksAsRightBefore(look(holder), { ...look(now), vips: [] }, NO_GROWTH)).toEqual([]);
  });

  it('has sent heartbeats lately, and none fails that did not before', () => {
    expect(beats({})).toEqual([]);
    expect(beats({ secondsSinceLast: null })).toEqual(['no heartbeat was sent']);
    expect(beats({ secondsSinceLast: 26 })).toEqual(['the last heartbeat was sent 26 s ago']);
    expect(beats({ secondsSinceLast: 61, intervalSeconds: null })).toHaveLength(1);
    expect(beats({ failed: 1 })).toEqual([]);
    expect(beats({ failed: 2 })).toEqual(['2 of 5 heartbeats could not be sent']);
    expect(beats({ sent: 93, failed: 4 })).toEqual(['3 of 6 heartbeats could not be sent']);
    const silent = { ...before, heartbeats: { ...before.heartbeats, sent: 0, secondsSinceLast: null } };
    expect(looksAsBefore(silent, silent, NO_GROWTH)).toEqual([]);
  });

  it('has its traffic, unless that followed the VIP', () => {
    const few = grown({ sessions: 200 });
    expect(compared({}, few)).toEqual(['listener lsn has 6.7 sessions/s, and had 20.0']);
    expect(compared({ vips: [{ address: '10.0.1.100', holder: 'the peer' }] }, few)).toEqual([]);
    const quiet = lookOf(busy([0.9]), counters({}));
    expect(looksAsBefore(quiet, quiet, grown({ sessions: 0 }))).toEqual([]);
    expect(looksAsBefore(withoutTraffic(before), before, few)).toEqual([]);
  });

  it('has no more errors in its sessions than before', () => {
    expect(compared({}, grown({ sessions: 600, failures: 22 }))).toEqual([]);
    expect(compared({}, grown({ sessions: 600, failures: 23 }))).toEqual([
      'listener lsn has 23 answers of status 5xx in 600 sessions, and had 6.0',
    ]);
    expect(compared({}, grown({ sessions: 600, refused: 11, broken: 11 }))).toHaveLength(2);
  });
});
