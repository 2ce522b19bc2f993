import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupsOf } from '../../../../src/domain/fleet/pairs.ts';
import {
  batchSize,
  heldBack,
  mayBegin,
  nextTurn,
  type PlannedAmphora,
  piecesOf,
  plannedTurns,
  type RolloutState,
} from '../../../../src/domain/fleet/plan.ts';

describe('the groups of amphorae', () => {
  it('have those that serve the same load balancer or UDP listener, over any number of steps', () => {
    const groups = groupsOf([
      { amphora: 'a', serves: ['lb-1'] },
      { amphora: 'b', serves: [] },
      { amphora: 'c', serves: ['lb-2', 'udp'] },
      { amphora: 'd', serves: ['udp', 'lb-3'] },
      { amphora: 'e', serves: ['lb-3', 'lb-1'] },
      { amphora: 'f', serves: ['lb-4'] },
    ]);
    const of = (amphora: string) => groups.get(amphora);
    expect(new Set([of('a'), of('c'), of('d'), of('e')]).size).toBe(1);
    expect(new Set([...groups.values()]).size).toBe(3);
  });
});

const amphora = (name: string, changes: Partial<PlannedAmphora> = {}): PlannedAmphora => ({
  ...{ amphora: name, group: name.slice(0, 1), hasVip: false, wasTried: false, state: 'waiting' },
  ...changes,
});
const SETTINGS = { canary: 1, batch: 2, stopOn: 1 };

describe('the next turn', () => {
  it('has the canary, then batches, and of a pair the standby first', () => {
    const fleet = [
      amphora('a1', { hasVip: true }),
      amphora('b'),
      amphora('a2'),
      amphora('c1'),
      amphora('c2', { hasVip: true }),
    ];
    expect(plannedTurns(fleet, SETTINGS)).toEqual([['a2'], ['a1', 'b'], ['c1'], ['c2']]);
    expect(plannedTurns(fleet, { canary: 9, batch: 9, stopOn: 1 })).toEqual([
      ['a2', 'b', 'c1'],
      ['a1', 'c2'],
    ]);
  });

  it('waits for the turn before, and stops at the wanted number of failures', () => {
    expect(nextTurn([amphora('a', { state: 'running' }), amphora('b')], SETTINGS)).toEqual({ kind: 'wait' });
    const fleet = [amphora('a', { state: 'failed' }), amphora('b')];
    expect(nextTurn(fleet, SETTINGS)).toEqual({ kind: 'stop', failed: 1 });
    expect(nextTurn(fleet, { ...SETTINGS, stopOn: 2 })).toEqual({ kind: 'begin', amphorae: ['b'] });
  });

  it('has another canary if one had the versions already', () => {
    const fleet = [amphora('a', { state: 'current' }), amphora('b'), amphora('c')];
    expect(nextTurn(fleet, SETTINGS)).toEqual({ kind: 'begin', amphorae: ['b'] });
  });

  it('has only those that an earlier command has tried, if there are any', () => {
    const again = { wasTried: true };
    const fleet = [amphora('a', { ...again, state: 'upgraded' }), amphora('b'), amphora('c', again)];
    expect(nextTurn(fleet, SETTINGS)).toEqual({ kind: 'begin', amphorae: ['c'] });
    expect(plannedTurns(fleet, SETTINGS)).toEqual([['c'], ['b']]);
  });

  it('leaves the peer of an amphora alone whose earlier upgrade may begin late, and both after a move of the VIP', () => {
    const late = amphora('a1', { wasTried: true });
    const peer = amphora('a2', { hasVip: true });
    expect(heldBack([late, peer]).get('a2')).toBe('the earlier upgrade of its peer a1 may still begin');
    expect(nextTurn([late, peer], SETTINGS)).toEqual({ kind: 'begin', amphorae: ['a1'] });
    const moved = [amphora('a1', { wasTried: true, hasVip: true }), amphora('a2')];
    expect([...heldBack(moved).keys()]).toEqual(['a1', 'a2']);
    expect(mayBegin(moved, SETTINGS, 'a2')).toBe(false);
    expect(
      heldBack([amphora('a1', { wasTried: true, hasVip: true }), amphora('a2', { state: 'upgraded' })]),
    ).toEqual(new Map());
  });

  it.each([
    [{ state: 'failed' }, 'its peer a1 failed'],
    [{ state: 'held' }, 'its peer a1 is held back'],
    [{ state: 'unreachable' }, 'its peer a1 can not be reached'],
    [{ hasVip: true }, 'its peer a1 has a VIP at the same time'],
  ] as const)('leaves an amphora alone whose peer is not in order: %j', (peer, reason) => {
    const fleet = [amphora('a1', peer), amphora('a2', { hasVip: true }), amphora('b')];
    expect(heldBack(fleet).get('a2')).toBe(reason);
    expect(nextTurn(fleet, { ...SETTINGS, stopOn: 9 })).toEqual({ kind: 'begin', amphorae: ['b'] });
  });

  it('of any fleet never has two of a group, begins each amphora once, and comes to an end', () => {
    const fleets = fc.array(
      fc.record({
        group: fc.constantFrom('g1', 'g2', 'g3', 'g4'),
        hasVip: fc.boolean(),
        wasTried: fc.boolean(),
        state: fc.constantFrom<RolloutState>(
          'waiting',
          'waiting',
          'waiting',
          'unreachable',
          'held',
          'current',
        ),
      }),
      { maxLength: 12 },
    );
    const settings = fc.record({
      canary: fc.nat(3),
      batch: fc.integer({ min: 1, max: 4 }),
      stopOn: fc.integer({ min: 1, max: 3 }),
    });
    const outcomes = fc.infiniteStream(
      fc.constantFrom<RolloutState>('upgraded', 'upgraded', 'current', 'failed'),
    );
    fc.assert(
      fc.property(fleets, settings, outcomes, (made, wanted, results) => {
        let fleet: PlannedAmphora[] = made.map((one, index) => ({ ...one, amphora: `${index}` }));
        const begun: string[] = [];
        for (;;) {
          const turn = nextTurn(fleet, wanted);
          if (turn.kind !== 'begin') return turn.kind !== 'wait';
          const members = fleet.filter((one) => turn.amphorae.includes(one.amphora));
          expect(new Set(members.map(({ group }) => group)).size).toBe(members.length);
          expect(members.every(({ state }) => state === 'waiting')).toBe(true);
          begun.push(...turn.amphorae);
          expect(new Set(begun).size).toBe(begun.length);
          fleet = fleet.map((one) =>
            members.includes(one) ? { ...one, state: results.next().value ?? 'failed' } : one,
          );
        }
      }),
    );
  });
});

describe('an amphora of a turn under way', () => {
  const fleet = (peer: Partial<PlannedAmphora>, other: RolloutState = 'running') => [
    ...[amphora('a1', peer), amphora('a2', { hasVip: true }), amphora('b', { state: other })],
  ];

  it('may begin until others of the turn have failed', () => {
    expect(mayBegin(fleet({ state: 'upgraded' }), SETTINGS, 'a2')).toBe(true);
    expect(mayBegin(fleet({ state: 'upgraded' }, 'failed'), SETTINGS, 'a2')).toBe(false);
    expect(mayBegin(fleet({ state: 'upgraded' }, 'failed'), { stopOn: 2 }, 'a2')).toBe(true);
  });

  it.each(['running', 'failed', 'held', 'unreachable'] as const)('may not while its peer is %s', (state) => {
    expect(mayBegin(fleet({ state }), { stopOn: 9 }, 'a2')).toBe(false);
  });

  it('is in one of the pieces of the turn', () => {
    expect(piecesOf(['a', 'b', 'c', 'd', 'e'], 2)).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(piecesOf(['a'], 20)).toEqual([['a']]);
  });
});

describe('the size of a turn', () => {
  it.each([
    ['10%', 1000, 100],
    ['10%', 5, 1],
    ['0.5%', 1000, 5],
    ['100%', 7, 7],
    ['3', 1000, 3],
    ['0', 10, undefined],
    ['0%', 10, undefined],
    ['101%', 10, undefined],
    ['-1', 10, undefined],
    ['ten', 10, undefined],
  ])('%s of %i is %s', (text, total, size) => {
    expect(batchSize(text, total)).toBe(size);
  });
});
