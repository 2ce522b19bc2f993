import { describe, expect, it } from 'vitest';
import {
  firstMembers,
  type MemberStep,
  memberWalk,
  POOL_SIZE,
  type PoolMember,
  portsFor,
} from '../../bench/churn/member-walk.ts';
import { seededRandom } from '../../support/random.ts';

const CHANGES = 1000;

function walk(seed: number, changes = CHANGES): { start: PoolMember[]; steps: MemberStep[] } {
  const random = seededRandom(seed);
  const start = firstMembers(random);
  return { start, steps: memberWalk(start, changes, random) };
}

const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/;

describe('memberWalk', () => {
  const { start, steps } = walk(1);

  it('has two weights, one switch, one addition and one removal in each five changes', () => {
    const kinds = steps.map(({ change }) => change.kind);
    const count = (...wanted: string[]): number => kinds.filter((kind) => wanted.includes(kind)).length;
    expect([count('weight'), count('enable', 'disable'), count('add'), count('remove')]).toEqual([
      400, 200, 200, 200,
    ]);
  });

  it('keeps the size of the pool within one member', () => {
    const sizes = steps.map(({ members }) => members.length);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(POOL_SIZE - 1);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(POOL_SIZE + 1);
  });

  it('keeps most members enabled', () => {
    for (const { members } of steps)
      expect(members.filter(({ isEnabled }) => !isEnabled).length).toBeLessThanOrEqual(5);
  });

  it('changes one member in each step, and says which', () => {
    let before: readonly PoolMember[] = start;
    for (const { change, members } of steps) {
      const old = before.find(({ id }) => id === change.id);
      const now = members.find(({ id }) => id === change.id);
      expect(old !== undefined).toBe(change.kind !== 'add');
      expect(now !== undefined).toBe(change.kind !== 'remove');
      expect(now).not.toEqual(old);
      const others = (all: readonly PoolMember[]) => all.filter(({ id }) => id !== change.id);
      expect(others(members)).toEqual(others(before));
      if (change.kind === 'weight') expect(now?.weight).toBe(change.weight);
      before = members;
    }
  });

  it('gives each member an id and a port that no other member ever has', () => {
    const all = new Map(
      [...start, ...steps.flatMap(({ members }) => members)].map((one) => [one.id, one.port]),
    );
    expect(all.size).toBe(POOL_SIZE + 200);
    expect(new Set(all.values()).size).toBe(all.size);
    for (const id of all.keys()) expect(id).toMatch(UUID);
  });

  it.each([1, 4, 5, 33])('needs no more ports than portsFor() says: %i changes', (changes) => {
    const walked = walk(2, changes);
    const ports = [...walked.start, ...walked.steps.flatMap(({ members }) => members)].map(
      ({ port }) => port,
    );
    expect(new Set(ports).size).toBeLessThanOrEqual(portsFor(changes));
  });

  it('has weights that haproxy takes', () => {
    const weights = steps.flatMap(({ members }) => members.map(({ weight }) => weight));
    expect(Math.min(...weights)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...weights)).toBeLessThanOrEqual(256);
  });

  it('is the same for the same seed', () => {
    expect(walk(1)).toEqual({ start, steps });
    expect(walk(2).steps).not.toEqual(steps);
  });
});
