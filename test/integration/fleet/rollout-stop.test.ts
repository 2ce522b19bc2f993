import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseRollout } from '../../../src/schemas/fleet-state.ts';
import {
  ALL,
  createRolloutScene,
  id,
  type RolloutScene,
  repeated,
} from '../../support/fleet/rollout-scene.ts';

/** The first turn has the canary, amphora 1. Without failures, the second one has 0, 3, 5, 7 and 9. */
let scene: RolloutScene;
const SECOND_TURN = { batch: '5' };

beforeAll(async () => {
  scene = await createRolloutScene();
});
afterEach(() => scene.close());
afterAll(() => scene.remove());

const begun = (): string[] => scene.fleet.begun.toSorted();
const ids = (...places: number[]): string[] => places.map(id);

describe('a rollout whose amphora fails in the middle of a turn', () => {
  it.each([
    ['returns', 'returned: no heartbeat was sent'],
    ['not ready after', 'no good result within 1 s: it is not ready: keepalived is down'],
    ['vanishes', 'the connection was reset'],
    ['VIP moves', 'it does not look as before: the VIP 10.0.1.100 moved to this amphora'],
  ] as const)('(%s) begins no other one after those of the same piece', async (fault, reason) => {
    await scene.begin({ 3: fault });
    const times = { pollMs: 20, settleMs: 5, upgradeMs: 1000, beginMs: 100, removalMs: 200, silentMs: 300 };
    const { exitCode, answer, results } = await scene.run({ ...SECOND_TURN, parallel: 2, times });
    expect(exitCode).toBe(1);
    expect(answer.stopped).toBe('stopped: 1 failed (--stop-on 1)');
    expect(answer.amphorae[3]?.reason).toContain(reason);
    expect(begun()).toEqual(ids(0, 1, 3));
    expect(results).toEqual([
      ...['upgraded', 'upgraded', 'waiting', 'failed'],
      ...repeated(ALL - 4, 'waiting'),
    ]);
  });

  it('begins no other one after an amphora that lost its VIP to the peer during its upgrade', async () => {
    await scene.begin({ 0: 'VIP moves' });
    const { answer } = await scene.run({ ...SECOND_TURN, parallel: 2 });
    expect(answer.amphorae[0]).toMatchObject({
      result: 'failed',
      reason: 'it does not look as before: the VIP 10.0.1.100 moved to the peer',
    });
    expect(begun()).toEqual(ids(0, 1, 3));
  });

  it('begins the others of the turn up to the number of --stop-on, except the peers of failed ones', async () => {
    await scene.begin({ 3: 'returns', 7: 'returns' });
    const { answer, results } = await scene.run({ ...SECOND_TURN, parallel: 2, stopOn: 2 });
    expect(answer.stopped).toBe('stopped: 2 failed (--stop-on 2)');
    expect(begun()).toEqual(ids(0, 1, 3, 5, 7));
    expect(results).toEqual([
      ...['upgraded', 'upgraded', 'waiting', 'failed', 'waiting', 'upgraded', 'waiting', 'failed'],
      ...repeated(ALL - 8, 'waiting'),
    ]);
  });

  it('does not begin one that works at the same time but is slower to answer', async () => {
    await scene.begin({ 3: 'returns' });
    const slow = scene.fleet.amphorae[7];
    if (slow === undefined) throw new Error('there is no amphora 7');
    slow.holdStatus = expect
      .poll(() => stateOf(3), { interval: 5 })
      .toBe('failed')
      .then(() => undefined);
    const { answer, results } = await scene.run({ ...SECOND_TURN, parallel: 5 });
    expect(answer.stopped).toBe('stopped: 1 failed (--stop-on 1)');
    expect(begun()).toEqual(ids(0, 1, 3, 5, 9));
    expect(results[7]).toBe('waiting');
  });

  it('looks again at the upgraded amphorae between two pieces, and leaves the rest of the turn alone', async () => {
    await scene.begin({ 1: 'not ready later' });
    const { answer, results } = await scene.run({ ...SECOND_TURN, parallel: 2 });
    expect(answer.amphorae[1]?.reason).toBe('it is not ready: keepalived is down');
    expect(begun()).toEqual(ids(0, 1, 3));
    expect(results).toEqual([
      ...['upgraded', 'failed', 'waiting', 'upgraded'],
      ...repeated(ALL - 4, 'waiting'),
    ]);
  });
});

/** Returns the state of an amphora in the file; undefined before there is one. */
async function stateOf(place: number): Promise<string | undefined> {
  const text = await readFile(scene.stateFile, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseRollout(text).amphorae[place]?.state;
}
