import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { rolloutName } from '../../../src/commands/ctl/fleet/rollout-file.ts';
import { STILL_REMOVING } from '../../../src/domain/upgrade/passing-refusals.ts';
import { holdName } from '../../../src/host/held-name.ts';
import { startCtl } from '../../support/fleet/ctl-command.ts';
import {
  ALL,
  BUNDLE_BYTES,
  createRolloutScene,
  id,
  type RolloutScene,
  repeated,
} from '../../support/fleet/rollout-scene.ts';

/** Its fleets stand for a dozen amphorae, of which some fail in ways that a real one can't be made to. */
let scene: RolloutScene;
const TIMES = { pollMs: 20, settleMs: 5, upgradeMs: 60_000, beginMs: 100, removalMs: 200, silentMs: 300 };

beforeAll(async () => {
  scene = await createRolloutScene();
});
afterEach(() => scene.close());
afterAll(() => scene.remove());

describe('a rollout', () => {
  it('upgrades all amphorae once, of each pair the standby first, and never both at a time', async () => {
    await scene.begin();
    const { exitCode, results } = await scene.run();
    expect({ exitCode, results }).toEqual({ exitCode: 0, results: repeated(ALL, 'upgraded') });
    expect(scene.fleet.amphorae.map(({ accepted }) => accepted)).toEqual(
      Array.from({ length: ALL }, () => 1),
    );
    expect(scene.fleet.violations).toEqual([]);
    for (let pair = 0; pair < ALL; pair += 2)
      expect(scene.fleet.begun.indexOf(id(pair + 1))).toBeLessThan(scene.fleet.begun.indexOf(id(pair)));
    expect(scene.fleet.mostAtOnce()).toBeLessThanOrEqual(3);
    expect(scene.fleet.amphorae[0]?.received).toBeGreaterThan(BUNDLE_BYTES);
    await expect(readFile(scene.stateFile)).rejects.toThrow('ENOENT');
    expect((await scene.run()).results).toEqual(repeated(ALL, 'current'));
  });

  it.each([
    ['returns', 'returned: no heartbeat was sent'],
    ['not ready after', 'no good result within 1 s: it is not ready: keepalived is down'],
    ['errors after', 'it does not look as before: listener'],
    ['vanishes', 'the connection was reset'],
    ['refuses', '409 Upgrade refused: the disk of /var has 1 MiB left'],
    ['old agent', 'this agent does not know POST /upgrade'],
  ] as const)('stops at an amphora that %s, and leaves its peer alone', async (fault, reason) => {
    const isOnVip = fault === 'errors after';
    await scene.begin({ [isOnVip ? 0 : 1]: fault });
    const times = { ...TIMES, settleMs: isOnVip ? 300 : 5, upgradeMs: 1000 };
    const { exitCode, answer, results } = await scene.run({ times });
    expect(exitCode).toBe(1);
    expect(answer.stopped).toBe('stopped: 1 failed (--stop-on 1)');
    expect(answer.amphorae[isOnVip ? 0 : 1]).toMatchObject({
      result: 'failed',
      reason: expect.stringContaining(reason),
    });
    expect(results.filter((result) => result === 'failed')).toHaveLength(1);
    if (!isOnVip) expect(results.filter((result) => result === 'waiting')).toHaveLength(ALL - 1);
  });

  it('looks again at the upgraded amphorae before each turn, and stops at one that has errors later', async () => {
    await scene.begin({ 0: 'errors later' });
    const { exitCode, answer } = await scene.run({ batch: '1' });
    expect(exitCode).toBe(1);
    expect(answer.amphorae[0]).toMatchObject({
      result: 'failed',
      reason: expect.stringMatching(/it does not look as before: listener .* answers of status 5xx in/),
    });
    expect(answer.amphorae.filter(({ result }) => result === 'waiting').length).toBeGreaterThan(0);
  });

  it('knows an upgrade that begins after the connection was lost', async () => {
    await scene.begin({ 1: 'begins late' });
    const times = { ...TIMES, beginMs: 30_000 };
    expect((await scene.run({ times })).results).toEqual(repeated(ALL, 'upgraded'));
    expect(scene.fleet.violations).toEqual([]);
  });

  it.each([true, false])(
    'sends the bundle again while the program of an earlier upgrade removes its files (dry run: %s)',
    async (isTrial) => {
      await scene.begin({ 1: 'still removes', 3: 'still removes' });
      const [, first] = scene.fleet.amphorae;
      if (first !== undefined) first.removals = 3;
      const times = { ...TIMES, removalMs: 4_000 };
      const { answer, results } = await scene.run({ times, isTrial, stopOn: 2 });
      expect(results[1]).toBe(isTrial ? 'waiting' : 'upgraded');
      expect(first?.removals).toBe(0);
      expect(answer.amphorae[3]).toMatchObject({
        result: 'failed',
        reason: expect.stringContaining(STILL_REMOVING),
      });
      expect(results[2]).toBe('held');
      expect(scene.fleet.violations).toEqual([]);
    },
  );

  it('goes past an amphora that it can not reach or that is not ready, without touching its peer', async () => {
    await scene.begin({ 3: 'not ready' });
    const file = await readFile(scene.hosts, 'utf8');
    await writeFile(scene.hosts, file.replace(`${scene.fleet.address(5)} `, '127.0.0.1 '));
    const { exitCode, answer, results } = await scene.run();
    expect(exitCode).toBe(3);
    expect(results).toEqual([
      ...['upgraded', 'upgraded', 'held', 'held', 'held', 'unreachable'],
      ...repeated(6, 'upgraded'),
    ]);
    expect(answer.amphorae[2]?.reason).toBe(`its peer ${id(3)} is held back`);
    expect(answer.amphorae[4]?.reason).toContain('its peer may be one of the amphorae');
  });

  it.each([
    ['comes first if the VIP moved to the standby since the survey', 1, 'upgraded'],
    ['and its peer are left alone if both have the VIP', 0, 'held'],
  ])('an amphora that had the VIP %s', async (_, moves, result) => {
    await scene.begin({}, 20, 1);
    scene.fleet.amphorae[0]?.limitMoves(moves);
    scene.fleet.amphorae[1]?.limitMoves(1);
    const { results } = await scene.run();
    expect(results).toEqual([...repeated(2, result), ...repeated(ALL - 2, 'upgraded')]);
    expect(scene.fleet.begun.indexOf(id(0))).toBeLessThanOrEqual(scene.fleet.begun.indexOf(id(1)));
    expect(scene.fleet.violations).toEqual([]);
  });

  it('with --dry-run changes nothing, and shows what each agent says and the turns', async () => {
    await scene.begin({ 1: 'refuses' });
    const { exitCode, answer } = await scene.run({ isTrial: true });
    expect(exitCode).toBe(1);
    expect(answer.amphorae.slice(0, 4)).toMatchObject([
      { result: 'held', turn: null },
      { result: 'failed', turn: null, reason: expect.stringContaining('the disk of /var') },
      { result: 'waiting', turn: 2 },
      { result: 'waiting', turn: 1 },
    ]);
    expect(scene.fleet.begun).toEqual([]);
    await expect(readFile(scene.stateFile)).rejects.toThrow('ENOENT');
  });

  it('refuses wrong options, another bundle and a second command before anything is sent', async () => {
    await scene.begin();
    await expect(scene.run({ batch: '0' })).rejects.toThrow('--batch: must be a number of amphorae');
    await expect(scene.run({ bundle: scene.hosts })).rejects.toThrow('not a bundle of amphora-agent');
    const cut = path.join(scene.directory, 'cut');
    await writeFile(cut, (await readFile(scene.bundleFile)).subarray(0, BUNDLE_BYTES / 2));
    await expect(scene.run({ bundle: cut })).rejects.toThrow('and its manifest wants');
    await writeFile(scene.stateFile, '{}');
    await expect(scene.run()).rejects.toThrow('it is not the state of a rollout');
    await rm(scene.stateFile);
    const release = await holdName(rolloutName(scene.stateFile));
    await expect(scene.run()).rejects.toThrow('another command works on this rollout');
    release?.();
    expect((await scene.run()).exitCode).toBe(0);
  });
});

describe('a rollout that is interrupted', () => {
  const command = () =>
    startCtl(scene.pki, [
      ...['--hosts', scene.hosts, '--port', `${scene.fleet.port}`, '--json', 'upgrade', scene.bundleFile],
      ...['--batch', '3', '--settle', '0'],
    ]);

  it.each([
    ['SIGINT', 1],
    ['SIGKILL', null],
  ] as const)('by %s is resumed where it was', async (signal, code) => {
    await scene.begin({}, 150);
    const { child, result } = command();
    await expect.poll(() => scene.fleet.begun.length, { interval: 5 }).toBeGreaterThan(3);
    child.kill(signal);
    const { exitCode, stdout } = await result;
    expect(exitCode).toBe(code);
    if (code !== null) expect(JSON.parse(stdout).stopped).toContain('interrupted');
    expect(scene.fleet.begun.length).toBeLessThan(ALL);
    const { results } = await scene.run();
    expect(results).toEqual(repeated(ALL, 'upgraded'));
    expect(scene.fleet.amphorae.map(({ accepted }) => accepted)).toEqual(
      Array.from({ length: ALL }, () => 1),
    );
    expect(scene.fleet.violations).toEqual([]);
  });
});
