import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseRollout, rolloutText } from '../../../src/schemas/fleet-state.ts';
import { startCtl } from '../../support/fleet/ctl-command.ts';
import {
  ALL,
  createRolloutScene,
  id,
  type RolloutScene,
  repeated,
} from '../../support/fleet/rollout-scene.ts';
import type { SimulatedFault } from '../../support/fleet/simulated-amphora.ts';

let scene: RolloutScene;
/** So many sessions happen in the settle time that errors in all of them are too many. */
const TIMES = { pollMs: 20, settleMs: 300, upgradeMs: 1000, beginMs: 100, removalMs: 200, silentMs: 300 };

beforeAll(async () => {
  scene = await createRolloutScene();
});
afterEach(() => scene.close());
afterAll(() => scene.remove());

/** Runs until an amphora has failed. @returns what has begun until then */
async function runUntilFailed(place: number, fault: SimulatedFault): Promise<readonly string[]> {
  await scene.begin({ [place]: fault });
  const { results } = await scene.run({ times: TIMES });
  expect(results[place]).toBe('failed');
  return [...scene.fleet.begun];
}

function mend(place: number): void {
  const amphora = scene.fleet.amphorae[place];
  if (amphora !== undefined) amphora.fault = 'none';
}

/** Ends a command when amphora 1 has the bundle and checks it, which takes a while. */
async function endWhileChecked(): Promise<void> {
  const [, first] = scene.fleet.amphorae;
  if (first === undefined) throw new Error('there is no amphora 1');
  first.lateMs = 2_000;
  const ending = new AbortController();
  const ended = scene.run({ times: TIMES }, ending.signal);
  await expect.poll(() => first.isReceiving, { interval: 5 }).toBe(true);
  ending.abort();
  expect((await ended).results[1]).toBe('running');
}

describe('a rollout that is resumed while an agent checks the bundle of the earlier command', () => {
  it('waits for the begin of that upgrade, and begins no other one before', async () => {
    await scene.begin({ 1: 'begins late' });
    await endWhileChecked();
    const { results } = await scene.run({ times: { ...TIMES, beginMs: 30_000 } });
    expect(results).toEqual(repeated(ALL, 'upgraded'));
    expect(scene.fleet.begun[0]).toBe(id(1));
    expect(scene.fleet.amphorae.map(({ accepted }) => accepted)).toEqual(
      Array.from({ length: ALL }, () => 1),
    );
    expect(scene.fleet.violations).toEqual([]);
  });

  it('leaves the pair alone if the VIP has moved to that amphora', async () => {
    // the standby gets it with its third answer
    await scene.begin({ 1: 'begins late' }, 1_000, 2);
    for (const place of [0, 1]) scene.fleet.amphorae[place]?.limitMoves(1);
    await endWhileChecked();
    const { answer, results } = await scene.run({ times: { ...TIMES, upgradeMs: 20_000 } });
    expect(results.slice(0, 2)).toEqual(['held', 'held']);
    expect(answer.amphorae[0]?.reason).toContain('may still begin');
    expect(answer.amphorae[1]?.reason).toBe('it has got the VIP since its upgrade was tried');
    expect(scene.fleet.begun).not.toContain(id(0));
    expect(scene.fleet.violations).toEqual([]);
  });
});

describe('a rollout that is resumed after a failure', () => {
  it.each([
    [0, 'errors after', 'it does not look as before: listener'],
    [1, 'not ready after', 'it is not ready: keepalived is down'],
  ] as const)('begins nothing while amphora %i still has the fault (%s)', async (place, fault, reason) => {
    const begun = await runUntilFailed(place, fault);
    for (const isTrial of [true, false]) {
      const { exitCode, answer, results } = await scene.run({ times: TIMES, isTrial });
      expect(exitCode).toBe(1);
      expect(answer.amphorae[place]).toMatchObject({
        result: 'failed',
        reason: expect.stringContaining(reason),
      });
      if (!isTrial) expect(answer.stopped).toBe('stopped: 1 failed (--stop-on 1)');
      expect(results).not.toContain('current');
    }
    expect(scene.fleet.begun).toEqual(begun);
  });

  it.each([
    [0, 'errors after', 1],
    [1, 'not ready after', 1],
    [1, 'returns', 2],
    [1, 'refuses', 1],
  ] as const)('goes on when amphora %i that %s is in order', async (place, fault, accepted) => {
    await runUntilFailed(place, fault);
    mend(place);
    const { exitCode, results } = await scene.run({ times: TIMES });
    expect({ exitCode, results }).toEqual({ exitCode: 0, results: repeated(ALL, 'upgraded') });
    expect(scene.fleet.amphorae.map((one) => one.accepted)).toEqual(
      Array.from({ length: ALL }, (_, index) => (index === place ? accepted : 1)),
    );
    expect(scene.fleet.violations).toEqual([]);
  });

  it('compares an amphora with how it looked before, also if its agent has forgotten the upgrade', async () => {
    const begun = await runUntilFailed(0, 'errors after');
    const forgetful = scene.fleet.amphorae[0];
    if (forgetful !== undefined) forgetful.forgetsUpgrade = true;
    // as after a crash while the upgrade was under way
    const { amphorae, ...rollout } = parseRollout(await readFile(scene.stateFile, 'utf8'));
    const crashed = amphorae.map((one) =>
      one.state === 'failed' ? { ...one, state: 'running' as const } : one,
    );
    await writeFile(scene.stateFile, rolloutText({ ...rollout, amphorae: crashed }));
    const commands = [await scene.run({ times: TIMES }), await scene.run({ times: TIMES })];
    for (const { answer } of commands) {
      expect(answer.stopped).toBe('stopped: 1 failed (--stop-on 1)');
      expect(answer.amphorae[0]?.reason).toContain('it does not look as before: listener');
    }
    expect(scene.fleet.begun).toEqual(begun);
  });

  it('goes on past a failed amphora that the operator accepts', async () => {
    await runUntilFailed(0, 'errors after');
    const accepted = [id(0)];
    const { exitCode, results } = await scene.run({ times: TIMES, accepted });
    expect({ exitCode, results }).toEqual({
      exitCode: 0,
      results: ['current', ...repeated(ALL - 1, 'upgraded')],
    });
  });

  it('refuses to accept an amphora that is none of the file', async () => {
    await scene.begin();
    await expect(scene.run({ accepted: [id(99)] })).rejects.toThrow(
      `--accept ${id(99)}: the file of hosts has no such amphora`,
    );
    const words = ['--hosts', scene.hosts, 'upgrade', scene.bundleFile, '--accept', '192.0.2.1'];
    const { exitCode, stderr } = await startCtl(scene.pki, words).result;
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringContaining('It must be the id of an amphora.'),
    });
  });
});
