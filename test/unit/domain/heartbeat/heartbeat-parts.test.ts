import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openHeartbeat } from '../../../../sandbox/controller/health-manager.ts';
import { type HeartbeatReport, heartbeatText } from '../../../../src/domain/heartbeat/heartbeat-message.ts';
import { type PackedHeartbeat, packHeartbeat } from '../../../../src/domain/heartbeat/heartbeat-parts.ts';
import { reportOf, steadyId } from '../../../support/heartbeat/heartbeat-reports.ts';

const KEY = 'key';
const open = ({ datagram }: PackedHeartbeat) => openHeartbeat(datagram, KEY);

/** As many messages as contain everything; the report stays the same in between. */
function wholePass(report: HeartbeatReport, largest: number, version: 1 | 3 = 3): PackedHeartbeat[] {
  const pass: PackedHeartbeat[] = [];
  do {
    pass.push(packHeartbeat(version, { ...report, sequence: pass.length }, KEY, largest));
  } while (pass.some(({ parts }) => parts > pass.length));
  return pass;
}

function namedIn(packed: PackedHeartbeat): string[] {
  const { listeners, pools } = open(packed);
  const inside = Object.values(listeners).flatMap((listener) => Object.values(listener['pools'] ?? {}));
  return [...Object.values(pools ?? {}), ...inside].flatMap(({ members }) => Object.keys(members));
}

const received = (packed: PackedHeartbeat): number =>
  Object.values(open(packed).listeners).reduce((sum, { stats }) => sum + (stats?.['rx'] ?? 0), 0);

const trafficOf = (report: HeartbeatReport): number =>
  report.listeners.reduce((sum, { traffic }) => sum + traffic.bin, 0);

const membersOf = (report: HeartbeatReport): string[] =>
  report.pools.flatMap(({ members }) => [...members.keys()]);

describe('a heartbeat that fits a datagram', () => {
  it('is the unchanged message', () => {
    const report = reportOf(7, { listeners: 3, members: 5 }, () => 'UP');
    const packed = packHeartbeat(3, report, KEY);
    expect(open(packed)).toEqual(JSON.parse(heartbeatText(3, report)));
    expect(packed).toMatchObject({ parts: 1, unnamed: 0 });
    expect([...packed.carried]).toEqual(report.listeners.map(({ id }) => id));
  });

  it('fits with 100 listeners of 20 members each, and with 3000 members', () => {
    for (const size of [
      { listeners: 100, members: 20 },
      { listeners: 1, members: 3000 },
    ]) {
      expect(
        packHeartbeat(
          3,
          reportOf(0, size, () => 'UP'),
          KEY,
        ).parts,
      ).toBe(1);
    }
  });
});

describe('a heartbeat that is too long for a datagram', () => {
  it('of 1000 listeners and 10000 members without a monitor is sent in parts, complete after all of them', () => {
    const report = reportOf(0, { listeners: 1000, members: 10 }, () => 'no check');
    const pass = wholePass(report, 65_507);
    expect(pass.every(({ datagram, unnamed }) => datagram.length <= 65_507 && unnamed === 0)).toBe(true);
    expect(new Set(pass.flatMap(namedIn)).size).toBe(10_000);
    expect(pass.reduce((sum, packed) => sum + received(packed), 0)).toBe(trafficOf(report));
  });

  it('has every listener, every pool and every monitored member in each message', () => {
    const report = reportOf(0, { listeners: 4, members: 30 }, (member) =>
      member % 3 === 0 ? (member % 2 === 0 ? 'UP' : 'DOWN') : 'no check',
    );
    const pass = wholePass(report, 2500);
    expect(pass.length).toBeGreaterThan(1);
    for (const packed of pass) {
      const { listeners, pools = {} } = open(packed);
      expect(Object.keys(listeners)).toHaveLength(4);
      expect(Object.values(listeners).map(({ stats }) => stats?.['conns'])).toEqual([0, 1, 2, 3]);
      expect(Object.keys(pools)).toHaveLength(4);
      for (const pool of Object.values(pools)) {
        expect(Object.values(pool.members).filter((status) => status !== 'no check')).toHaveLength(10);
      }
    }
  });

  it('names a pool of several listeners once, with the status that the health manager would store', () => {
    const report = reportOf(0, { listeners: 10, members: 800 }, () => 'UP');
    const [first] = report.pools;
    if (first === undefined) throw new Error('no pool');
    const shared = report.listeners.map(({ id }, index) => ({
      ...first,
      listenerId: id,
      key: `${first.id}:${id}`,
      status: index === 9 ? 'DOWN' : 'UP',
    }));
    const packed = packHeartbeat(3, { ...report, pools: shared }, KEY, 20_000);
    expect(packed).toMatchObject({ parts: 1, unnamed: 0 });
    const { pools = {} } = open(packed);
    expect(Object.values(pools).map(({ status, members }) => [status, Object.keys(members).length])).toEqual([
      ['DOWN', 800],
    ]);
  });

  it('of version 1 has the counters of all listeners in each part', () => {
    const report = reportOf(0, { listeners: 4, members: 30 }, () => 'no check');
    const pass = wholePass(report, 2000, 1);
    expect(pass.length).toBeGreaterThan(1);
    expect(pass.map(received)).toEqual(pass.map(() => trafficOf(report)));
    expect(new Set(pass.flatMap(namedIn)).size).toBe(120);
  });

  it('leaves out members that are up if the monitored ones alone do not fit, and reports how many', () => {
    const report = reportOf(0, { listeners: 1, members: 4000 }, (member) => (member < 3900 ? 'UP' : 'DOWN'));
    const packed = packHeartbeat(3, report, KEY);
    const named = namedIn(packed);
    expect(packed.datagram.length).toBeLessThanOrEqual(65_507);
    expect(packed.unnamed).toBe(4000 - named.length);
    expect(named.length).toBeGreaterThan(2900);
    expect(named).toEqual(
      expect.arrayContaining(Array.from({ length: 100 }, (_, index) => steadyId('member', 0, 3900 + index))),
    );
  });

  it('leaves out the same members when some bytes change', () => {
    const report = reportOf(0, { listeners: 1, members: 4000 }, () => 'UP');
    const listeners = report.listeners.map((one) => ({ ...one, connections: 123_456 }));
    const [before, after] = [report, { ...report, sequence: 99, listeners }].map((one) =>
      namedIn(packHeartbeat(3, one, KEY)),
    );
    expect(after).toEqual(before);
  });

  it('has all listeners even if there is no space for pools', () => {
    const report = reportOf(0, { listeners: 20, members: 1 }, () => 'UP');
    const packed = packHeartbeat(3, report, KEY, 900);
    expect(Object.keys(open(packed).listeners)).toHaveLength(20);
    expect(packed).toMatchObject({ unnamed: 20 });
  });

  it('is sent too long if it cannot be shortened', () => {
    const report = reportOf(0, { listeners: 20, members: 1 }, () => 'UP');
    expect(packHeartbeat(3, report, KEY, 300).datagram.length).toBeGreaterThan(300);
  });
});

it('each part of any heartbeat fits a datagram, and all parts together contain everything', () => {
  const statuses = fc.array(fc.constantFrom('UP', 'UP 1/2', 'DOWN', 'DRAIN', 'no check', 'MAINT'), {
    minLength: 1,
  });
  fc.assert(
    fc.property(
      statuses,
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 0, max: 40 }),
      (given, listeners, members) => {
        const report = reportOf(0, { listeners, members }, (index) => given[index % given.length] ?? 'UP');
        const largest = 5000;
        const pass = wholePass(report, largest);
        const { unnamed } = pass[0] ?? { unnamed: Number.NaN };
        const named = new Set(pass.flatMap(namedIn));
        expect(pass.every(({ datagram }) => datagram.length <= largest)).toBe(true);
        expect(named.size + unnamed).toBe(membersOf(report).length);
        const told = new Set(pass.flatMap(({ carried }) => [...carried]));
        expect(told).toEqual(new Set(report.listeners.map(({ id }) => id)));
      },
    ),
    { numRuns: 60 },
  );
});
