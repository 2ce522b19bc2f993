import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Difference, differenceKey, repairKey } from '../../../../src/domain/drift/difference.ts';
import {
  afterLockedLook,
  afterLook,
  afterOrderedRepairs,
  confirmedDifferences,
  type DriftMemory,
  decideRepairs,
  dueDifferences,
  forgotten,
  hasUnconfirmed,
  MOST_REPAIRS,
  NO_DRIFT,
  repairsOf,
} from '../../../../src/domain/drift/drift-memory.ts';

const SECOND_LOOK = 10_000;
const HOUR = 3_600_000;

const missing = (object: string, repair: string | undefined = 'add it'): Difference => ({
  ...{ kind: 'addresses', object, lock: 'networks' },
  ...{ wanted: 'address 10.0.0.5/24', seen: 'nothing', repair, weight: 'fault' },
});
const look = (...differences: Difference[]) => ({ kinds: ['addresses'], lock: undefined, differences });
const orderless = { isOrdered: false };

/** Returns the memory after two looks that see a difference, and a third one under the lock. */
const confirmed = (difference: Difference, now = 0): DriftMemory => {
  const seen = afterLook(NO_DRIFT, look(difference), now);
  return afterLockedLook(seen, look(difference), now + SECOND_LOOK, [difference]);
};

describe('the memory of drift', () => {
  it('needs two looks that see the same, and a third one under the lock', () => {
    const one = missing('eth1');
    const first = afterLook(NO_DRIFT, look(one), 0);
    expect(hasUnconfirmed(first)).toBe(true);
    expect(dueDifferences(first, 'repair', SECOND_LOOK - 1, SECOND_LOOK)).toEqual([]);
    const second = afterLook(first, look(one), SECOND_LOOK);
    expect(confirmedDifferences(second)).toEqual([]);
    expect(dueDifferences(second, 'report', SECOND_LOOK, SECOND_LOOK)).toEqual([one]);
    const third = afterLockedLook(second, look(one), SECOND_LOOK, [one]);
    expect(confirmedDifferences(third)).toEqual([{ difference: one, sinceMs: 0, isConfirmed: true }]);
    expect(hasUnconfirmed(third)).toBe(false);
  });

  it('starts again when the second look sees something else', () => {
    const first = afterLook(NO_DRIFT, look({ ...missing('eth1'), seen: 'MTU 1400' }), 0);
    const second = afterLook(first, look({ ...missing('eth1'), seen: 'MTU 1300' }), SECOND_LOOK);
    expect(dueDifferences(second, 'repair', SECOND_LOOK, SECOND_LOOK)).toEqual([]);
  });

  it('takes the repair of the last look, while the difference stays the same', () => {
    const withheld = { ...missing('eth1'), repair: undefined };
    const memory = afterLook(confirmed(withheld), look(missing('eth1')), SECOND_LOOK);
    expect(dueDifferences(memory, 'repair', SECOND_LOOK, SECOND_LOOK)).toEqual([missing('eth1')]);
  });

  it('drops what vanished, and keeps what the look did not cover', () => {
    const other = { ...missing('lb'), kind: 'haproxy', lock: 'lb' };
    const memory = afterLook(confirmed(missing('eth1')), { ...look(other), kinds: ['haproxy'] }, 1);
    expect(memory.tracked.size).toBe(2);
    expect([...afterLook(memory, look(), 2).tracked.keys()]).toEqual([differenceKey(other)]);
    const elsewhere = { kinds: ['haproxy'], lock: 'another', differences: [] };
    expect(afterLook(memory, elsewhere, 2).tracked.size).toBe(2);
  });

  it('neither begins nor ends a difference of an object that an operation holds', () => {
    const isBusy = (lock: string) => lock === 'networks';
    expect(afterLook(NO_DRIFT, look(missing('eth1')), 0, isBusy).tracked.size).toBe(0);
    expect(afterLook(confirmed(missing('eth1')), look(), 0, isBusy).tracked.size).toBe(1);
  });

  it('repairs nothing in mode report, and never what has no repair', () => {
    const memory = confirmed(missing('eth1'));
    expect(dueDifferences(memory, 'report', HOUR, SECOND_LOOK)).toEqual([]);
    expect(dueDifferences(memory, 'repair', HOUR, SECOND_LOOK)).toEqual([missing('eth1')]);
    const stranger: Difference = { ...missing('eth1'), repair: undefined };
    expect(dueDifferences(confirmed(stranger), 'repair', HOUR, SECOND_LOOK)).toEqual([]);
    expect(decideRepairs(confirmed(stranger), [stranger], 0, { isOrdered: true }).repairs).toEqual([]);
  });

  it('repairs several differences of one object with the same repair once', () => {
    const [one, other] = [missing('eth1'), { ...missing('eth1'), wanted: 'route default' }];
    const memory = afterLockedLook(afterLook(NO_DRIFT, look(one, other), 0), look(one, other), SECOND_LOOK, [
      one,
      other,
    ]);
    const decision = decideRepairs(memory, [one, other], SECOND_LOOK, orderless);
    expect(decision.repairs).toHaveLength(1);
    expect(repairsOf(decision.memory, 'eth1')).toBe(1);
  });

  it('gives an object up once after five repairs, and tries again after an hour', () => {
    const one = missing('eth1');
    let memory = confirmed(one);
    for (let repair = 1; repair <= MOST_REPAIRS; repair += 1) {
      const decision = decideRepairs(memory, [one], repair, orderless);
      expect(decision).toMatchObject({ repairs: [one], givenUp: [] });
      memory = decision.memory;
    }
    const sixth = decideRepairs(memory, [one], 6, orderless);
    expect(sixth).toMatchObject({ repairs: [], givenUp: ['eth1'] });
    expect(dueDifferences(sixth.memory, 'repair', 7, SECOND_LOOK)).toEqual([]);
    expect(decideRepairs(sixth.memory, [one], 7, orderless)).toMatchObject({ repairs: [], givenUp: [] });
    expect(decideRepairs(sixth.memory, [one], 7, { isOrdered: true }).repairs).toEqual([one]);
    const later = afterLook(sixth.memory, look(one), HOUR + 2);
    expect(decideRepairs(later, [one], HOUR + 2, orderless).repairs).toEqual([one]);
  });

  it('does not count ordered repairs, and repairs an object again after an ordered success', () => {
    const one = missing('eth1');
    let memory = confirmed(one);
    for (let repair = 1; repair <= MOST_REPAIRS; repair += 1)
      ({ memory } = decideRepairs(memory, [one], repair, { isOrdered: true }));
    expect(repairsOf(memory, 'eth1')).toBe(0);
    for (let repair = 1; repair <= MOST_REPAIRS + 1; repair += 1)
      ({ memory } = decideRepairs(memory, [one], repair, orderless));
    expect(memory.gaveUp).toEqual(new Set(['eth1']));
    expect(afterOrderedRepairs(memory, ['eth1']).gaveUp).toEqual(new Set(['eth1']));
    const mended = afterOrderedRepairs(afterLook(memory, look(), 10), ['eth1']);
    expect(mended.gaveUp).toEqual(new Set());
    expect(repairsOf(mended, 'eth1')).toBe(MOST_REPAIRS);
    expect(forgotten(memory)).toEqual({ ...NO_DRIFT, repairs: memory.repairs });
  });

  it('has no item after a day of looks that see nothing', () => {
    let memory = NO_DRIFT;
    for (let now = 0; now < 24 * HOUR; now += 60_000) memory = afterLook(memory, look(), now);
    expect(memory).toEqual(NO_DRIFT);
  });

  it('never runs a repair twice in a look, nor an object more than five times in an hour', () => {
    const objects = fc.subarray(['eth1', 'eth2', 'eth3']);
    const looks = fc.array(fc.tuple(objects, fc.integer({ min: 1_000, max: 600_000 })), { maxLength: 60 });
    fc.assert(
      fc.property(looks, (all) => {
        let memory = NO_DRIFT;
        let now = 0;
        const done: { object: string; now: number }[] = [];
        for (const [broken, pause] of all) {
          now += pause;
          const seen = look(...broken.map((object) => missing(object)));
          memory = afterLook(memory, seen, now);
          const due = dueDifferences(memory, 'repair', now, SECOND_LOOK);
          memory = afterLockedLook(memory, seen, now, due);
          const decision = decideRepairs(memory, due, now, orderless);
          ({ memory } = decision);
          const keys = decision.repairs.map(repairKey);
          expect(new Set(keys).size).toBe(keys.length);
          done.push(...decision.repairs.map(({ object }) => ({ object, now })));
          for (const object of broken) {
            const hour = done.filter((one) => one.object === object && now - one.now < HOUR);
            expect(hour.length).toBeLessThanOrEqual(MOST_REPAIRS);
          }
        }
      }),
    );
  });
});
